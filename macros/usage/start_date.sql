{# The UTC day on which the period of a usage record starts; none if it has no start that a calendar knows. #}
{% macro start_date(prefix='') -%}
    cast({{ tokenmart.finite(prefix ~ 'period_start') }} as date)
{%- endmacro %}
