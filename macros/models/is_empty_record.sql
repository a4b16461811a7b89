{# True for a usage record that tells of neither usage nor money. A level of 0 is a measurement. #}
{% macro is_empty_record(alias) -%}
    (
        {{ alias }}.quantity = 0
        and {{ alias }}.recorded_cost_usd = 0
        and {{ alias }}.resource_type not in ({{ tokenmart.quoted_list(var('level_resource_types')) }})
    )
{%- endmacro %}
