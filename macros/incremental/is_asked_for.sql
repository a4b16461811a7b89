{# True for a day from start_date to end_date; either may be left open. #}
{% macro is_asked_for(day) -%}
    {{ day }} between {{ tokenmart.first_day_asked_for() }} and {{ tokenmart.last_day_asked_for() }}
{%- endmacro %}

{% macro first_day_asked_for() -%}
    cast({{ tokenmart.literal(var('start_date') or '0001-01-01') }} as date)
{%- endmacro %}

{% macro last_day_asked_for() -%}
    cast({{ tokenmart.literal(var('end_date') or '9999-12-31') }} as date)
{%- endmacro %}
