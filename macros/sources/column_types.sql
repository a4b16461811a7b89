{#
    {column: type} of a relation; nothing if it does not exist. A node asks the catalogue once for each, before it changes anything.
#}
{% macro column_types(relation) %}
    {{ return(tokenmart.known_columns(relation, model.unique_id if execute, is_source=false)) }}
{% endmacro %}


{# The same of a table of a source, which no node changes: a run asks once. #}
{% macro source_columns(relation) %}
    {{ return(tokenmart.known_columns(relation, 'sources', is_source=true)) }}
{% endmacro %}


{% macro known_columns(relation, reader, is_source) %}
    {% if not execute %}{{ return({}) }}{% endif %}
    {% set known = tokenmart.notes_of_this_run().setdefault(reader, {}) %}
    {% if relation | string not in known %}
        {% do known.update({relation | string: adapter.dispatch('read_columns', 'tokenmart')(relation, is_source)}) %}
    {% endif %}
    {{ return(known[relation | string]) }}
{% endmacro %}


{% macro default__read_columns(relation, is_source) %}
    {{ return(tokenmart.types_by_name(adapter.get_columns_in_relation(relation))) }}
{% endmacro %}

{# What dbt builds stands in its cache; asked for here, it costs a tenth of what the adapter makes of the same question. #}
{% macro duckdb__read_columns(relation, is_source) %}
    {% if is_source %}
        {{ return(tokenmart.default__read_columns(relation, is_source)) }}
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


{% macro types_by_name(columns) %}
    {% set types = {} %}
    {% for column in columns %}
        {% do types.update({column.name | lower: (column.dtype if column.is_string() else column.data_type) | lower}) %}
    {% endfor %}
    {{ return(types) }}
{% endmacro %}
