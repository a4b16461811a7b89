{# Aggregates to the value in the row with the highest order, of the rows that meet a condition; null without one. #}
{% macro last_by(value, order, condition) %}
    {{- return(adapter.dispatch('last_by', 'tokenmart')(value, order, condition)) -}}
{% endmacro %}

{% macro default__last_by(value, order, condition) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__last_by(value, order, condition) -%}
    arg_max({{ value }}, {{ order }}) filter (where {{ condition }})
{%- endmacro %}

{% macro postgres__last_by(value, order, condition) -%}
    (max(array[{{ order }}, {{ value }}]) filter (where {{ condition }}))[2]
{%- endmacro %}
