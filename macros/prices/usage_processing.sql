{#
    The processing of a usage. A tier that is not known (incentivized-tier, say) is standard, and
    is_known_tier tells. What was priority is called fast since 2026.
#}
{% macro usage_processing(service_tier, is_batch) -%}
    case
        when {{ is_batch }} or {{ tokenmart.plain_name(service_tier) }} = 'batch' then 'batch'
        when {{ tokenmart.plain_name(service_tier) }} = 'flex' then 'flex'
        when {{ tokenmart.plain_name(service_tier) }} in ('priority', 'fast') then 'priority'
        else 'standard'
    end
{%- endmacro %}


{# False for a tier of which nobody knows what it costs. #}
{% macro is_known_tier(service_tier) -%}
    coalesce({{ tokenmart.plain_name(service_tier) }}, '') in (
        '', 'auto', 'default', 'on_demand', 'standard', 'batch', 'flex', 'priority', 'fast'
    )
{%- endmacro %}
