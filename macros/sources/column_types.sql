{#
    {column: type} of a relation; nothing if it does not exist.

    A node reads them once, before it changes them itself.
#}
{% macro column_types(relation, reader=none) %}
    {% if not execute %}{{ return({}) }}{% endif %}
    {% set known = tokenmart.notes_of_this_run().setdefault(reader or model.unique_id, {}) %}
    {% if relation | string not in known %}
        {% do known.update({relation | string: adapter.dispatch('column_types', 'tokenmart')(relation)}) %}
    {% endif %}
    {{ return(known[relation | string]) }}
{% endmacro %}


{# The same of a source's table, which no node changes: a run reads them once. #}
{% macro source_columns(relation) %}
    {{ return(tokenmart.column_types(relation, reader='sources')) }}
{% endmacro %}


{% macro default__column_types(relation) %}
    {% set types = {} %}
    {% for column in adapter.get_columns_in_relation(relation) %}
        {% do types.update({column.name | lower: (column.dtype if column.is_string() else column.data_type) | lower}) %}
    {% endfor %}
    {{ return(types) }}
{% endmacro %}

{#
    From the catalogue itself: the information schema hides materialized views, and columns that the
    role may not read. A domain is of its base type, an enum a text.
#}
{% macro postgres__column_types(relation) %}
    {% set types = {} %}
    {% for row in run_query(
        "select attname, case typtype when 'e' then 'text' when 'd' then format_type(typbasetype, typtypmod)"
        ~ " else format_type(atttypid, atttypmod) end"
        ~ " from pg_catalog.pg_attribute join pg_catalog.pg_type on pg_type.oid = atttypid"
        ~ " join pg_catalog.pg_class on pg_class.oid = attrelid"
        ~ " join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace"
        ~ " where attnum > 0 and not attisdropped and relkind in ('r', 'v', 'm', 'f', 'p')"
        ~ " and nspname = " ~ tokenmart.literal(relation.schema)
        ~ " and relname = " ~ tokenmart.literal(relation.identifier) ~ " order by attnum"
    ) %}
        {% do types.update({row[0] | lower: row[1]}) %}
    {% endfor %}
    {{ return(types) }}
{% endmacro %}

