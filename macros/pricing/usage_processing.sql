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


{# False for a tier whose cost is unknown. Not by `in`, which DuckDB joins to a list, row by row. #}
{% macro is_known_tier(service_tier) -%}
    case coalesce({{ tokenmart.plain_name(service_tier) }}, '')
                {%- for tier in ['', 'auto', 'default', 'on_demand', 'standard', 'batch', 'flex', 'priority', 'fast'] %}
                when '{{ tier }}' then true
                {%- endfor %}
                else false
            end
{%- endmacro %}
