{# The project's only clock, in UTC: the variable as_of, or the moment at which the run started. #}
{% macro as_of() %}
    {%- set moment = var('as_of') or run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') -%}
    cast('{{ moment }}' as {{ dbt.type_timestamp() }})
{%- endmacro %}
