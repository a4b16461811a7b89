{# The day of the reporting time zone on which a UTC moment falls. #}
{% macro to_reporting_date(moment) -%}
    {%- if var('reporting_timezone') == 'UTC' -%}
        cast({{ moment }} as date)
    {%- else -%}
        cast(({{ moment }}) at time zone 'UTC' at time zone {{ tokenmart.literal(var('reporting_timezone')) }} as date)
    {%- endif -%}
{%- endmacro %}
