{#
    A positive bigint made of the values of columns, for rows whose source gives them no id: 60 bits of their grain_key, the same on
    every engine and in every run. That two of ten million rows share one has a chance of one in twenty thousand.
#}
{% macro stable_id(columns) %}
    {{- return(adapter.dispatch('stable_id', 'tokenmart')(columns)) -}}
{% endmacro %}

{% macro default__stable_id(columns) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__stable_id(columns) -%}
    cast('0x' || left({{ tokenmart.grain_key(columns) }}, 15) as bigint)
{%- endmacro %}

{% macro postgres__stable_id(columns) -%}
    cast(cast('x0' || left({{ tokenmart.grain_key(columns) }}, 15) as bit(64)) as bigint)
{%- endmacro %}
