{# Whether the source may still change a day, seen from as_of. #}
{% macro is_provisional(day) -%}
    {{ day }} >= cast(
            {{ dbt.dateadd('day', -var('provisional_days'), tokenmart.to_reporting_date(tokenmart.as_of())) }} as date
        )
{%- endmacro %}
