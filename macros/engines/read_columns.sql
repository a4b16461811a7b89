{# {column: type} of a relation, from the catalogue; is_source: a table that no node of tokenmart builds. #}
{% macro read_columns(relation, is_source) %}
    {{ return(adapter.dispatch('read_columns', 'tokenmart')(relation, is_source)) }}
{% endmacro %}

{% macro default__read_columns(relation, is_source) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{# What dbt builds stands in its cache; asked for here, it costs a tenth of what the adapter makes of the same question. #}
{% macro duckdb__read_columns(relation, is_source) %}
    {% if is_source %}
        {{ return(tokenmart.types_by_name(adapter.get_columns_in_relation(relation))) }}
    {% endif %}
    {{ return(tokenmart.types_by_name(get_columns_in_relation(relation) if load_cached_relation(relation) else [])) }}
{% endmacro %}

{#
    From the catalogue itself: the information schema hides materialized views, and columns that the
    role may not read. A domain is of its base type, an enum a text.
#}
{% macro postgres__read_columns(relation, is_source) %}
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
