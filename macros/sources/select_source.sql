{#
    Selects the columns of a source table that are not secret, cast to the types that the sources'
    YAML gives. An optional column or table that does not exist reads as nulls or as no rows;
    `dbt build` has refused to start if a required one is missing.

    extracts: {new column: [secret JSON column, key]}, the one way by which a part of a secret column passes.
#}
{% macro select_source(source_name, table_name, extracts={}) %}
    {%- set node = tokenmart.source_table_node(source_name, table_name) -%}
    {%- if node is none -%}
        select * from {{ source(source_name, table_name) }}
    {%- else -%}
        {%- set relation = source(source_name, table_name) -%}
        {%- set actual = tokenmart.source_columns(relation) -%}
        select
        {%- for column in node.columns.values() if 'secret' not in column.tags %}
            {{ tokenmart.source_column(column, actual) }} as {{ adapter.quote(column.name) }}{{ ',' if not loop.last or extracts }}
        {%- endfor %}
        {%- for name, (json_column, key) in extracts.items() %}
            {% if json_column in actual -%}
                {{ tokenmart.json_text('cast(' ~ adapter.quote(json_column) ~ ' as ' ~ dbt.type_string() ~ ')', [key]) }}
            {%- else -%}
                cast(null as {{ dbt.type_string() }})
            {%- endif %} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
        {% if not actual -%}
            where 1 = 0
        {%- else -%}
            from {{ relation }}
        {%- endif %}
    {%- endif -%}
{% endmacro %}


{# One source column as its declared type; moments are in UTC, without a zone. #}
{% macro source_column(column, actual) %}
    {%- set type = tokenmart.sql_type(column) -%}
    {%- set name = adapter.quote(column.name) -%}
    {%- if column.name not in actual -%}
        cast(null as {{ type }})
    {%- elif type == 'timestamp' and tokenmart.type_family(actual[column.name]) == 'zoned timestamp' -%}
        {{ tokenmart.zoned_to_utc(name) }}
    {%- elif type.startswith(('numeric', 'decimal')) -%}
        {{ tokenmart.number_or_null('cast(' ~ name ~ ' as ' ~ type ~ ')') }}
    {%- else -%}
        cast({{ name }} as {{ type }})
    {%- endif -%}
{% endmacro %}


{# The declared type as the engine calls it. #}
{% macro sql_type(column) %}
    {{- return(dbt.type_string() if column.data_type == 'text' else column.data_type) -}}
{% endmacro %}
