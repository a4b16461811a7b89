{#
    Where the engine does not change a column under a view: puts before the changes of a ledger the
    statement that drops tokenmart's own views on it, which this run rebuilds. Returns a problem if there
    are views that it must not drop.
#}
{% macro release_views(ledger, statements) %}
    {{ return(adapter.dispatch('release_views', 'tokenmart')(ledger, statements)) }}
{% endmacro %}

{% macro default__release_views(ledger, statements) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__release_views(ledger, statements) %}
    {{ return([]) }}
{% endmacro %}

{% macro postgres__release_views(ledger, statements) %}
    {% set rebuilt = tokenmart.selected_nodes() | map(attribute='relation_name') | list %}
    {% set own = [] %}
    {% set others = [] %}
    {% for row in run_query(tokenmart.views_on_query(ledger)) %}
        {% set view = api.Relation.create(ledger.database, row[0], row[1], type='view') %}
        {% do (own if view | string in rebuilt else others).append(view) %}
    {% endfor %}
    {% if others %}
        {{ return([
            "- columns of " ~ ledger.schema ~ "." ~ ledger.identifier ~ " must become wider, and this run does not rebuild the views on it: "
            ~ others | join(', ') ~ ". Build without --select, or drop those of your own and make them again after:\n    "
            ~ statements | join(";\n    ") ~ ";"
        ]) }}
    {% endif %}
    {% if own %}
        {% do statements.insert(0, "drop view if exists " ~ own | join(', ')) %}
        {% for view in own %}{% do adapter.cache_dropped(view) %}{% endfor %}
    {% endif %}
    {{ return([]) }}
{% endmacro %}

{# The views that read a relation, themselves or through others. #}
{% macro views_on_query(relation) %}
    with recursive readers (reader) as (
        select {{ tokenmart.literal(relation.include(database=False) | string) }}::regclass::oid
        union
        select ev_class
        from readers
        inner join pg_catalog.pg_depend on refobjid = reader and refclassid = 'pg_class'::regclass
        inner join pg_catalog.pg_rewrite on pg_rewrite.oid = objid and classid = 'pg_rewrite'::regclass
    )

    select nspname, relname
    from readers
    inner join pg_catalog.pg_class on pg_class.oid = reader and relkind in ('v', 'm')
    inner join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
{% endmacro %}
