{# The UTC moment at which a day of the reporting time zone begins. #}
{% macro reporting_day_start(day) %}
    {{- return(adapter.dispatch('reporting_day_start', 'tokenmart')(day)) -}}
{% endmacro %}

{% macro default__reporting_day_start(day) -%}
    {%- if var('reporting_timezone') == 'UTC' -%}
        cast({{ day }} as timestamp)
    {%- else -%}
        (cast({{ day }} as timestamp) at time zone {{ tokenmart.literal(var('reporting_timezone')) }} at time zone 'UTC')
    {%- endif -%}
{%- endmacro %}
