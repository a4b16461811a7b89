{# A decimal, or null if it is none. #}
{% macro number_or_null(value) %}
    {{- return(adapter.dispatch('number_or_null', 'tokenmart')(value)) -}}
{% endmacro %}

{% macro default__number_or_null(value) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__number_or_null(value) -%}
    {{ value }}
{%- endmacro %}

{# There a decimal may be NaN. #}
{% macro postgres__number_or_null(value) -%}
    nullif({{ value }}, 'NaN')
{%- endmacro %}
