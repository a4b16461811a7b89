{# Whether the source may still change a day. #}
{% macro is_provisional(day) -%}
    {{ day }} >= {{ tokenmart.first_provisional_day() }}
{%- endmacro %}


{# The first day that the source may still change, seen from as_of; all later ones, too. #}
{% macro first_provisional_day() -%}
    cast(
            {{ dbt.dateadd('day', -tokenmart.number_of('provisional_days'), tokenmart.as_of_day()) }} as date
        )
{%- endmacro %}
