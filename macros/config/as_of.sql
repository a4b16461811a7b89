{# The project's only clock, in UTC: the variable as_of, or the moment at which the run started. #}
{% macro as_of() %}
    {%- set moment = var('as_of') or run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') -%}
    cast('{{ moment }}' as {{ dbt.type_timestamp() }})
{%- endmacro %}


{# The day on which the project's clock is, in the reporting time zone. #}
{% macro as_of_day() -%}
    {{ tokenmart.to_reporting_date(tokenmart.as_of()) }}
{%- endmacro %}
