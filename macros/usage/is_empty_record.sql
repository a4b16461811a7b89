{# True for a usage record that tells of neither usage nor money. A level of 0 is a measurement. #}
{% macro is_empty_record(alias) -%}
    (
        {{ alias }}.quantity = 0
        and {{ alias }}.recorded_cost_usd = 0
        and not {{ alias }}.is_level
    )
{%- endmacro %}
