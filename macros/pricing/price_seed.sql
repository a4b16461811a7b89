{#
    A price seed as text, whatever it holds: blanks are nulls, a column that the file leaves out is null, and
    line_number is that of the file (rows come back in the order in which they were loaded).
#}
{% macro price_seed(seed, relation) %}
    {%- set present = tokenmart.column_types(relation) if execute else {} -%}
    select
        cast(row_number() over () + 1 as integer) as line_number,
        {%- for column in tokenmart.price_columns(seed) %}
        {% if not present or column in present -%}
            nullif(trim(cast({{ column }} as {{ dbt.type_string() }})), '')
        {%- else -%}
            cast(null as {{ dbt.type_string() }})
        {%- endif %} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
{%- endmacro %}
