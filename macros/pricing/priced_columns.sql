{# The columns that priced_usage adds and facts show, in a select: costs first, then how they came about. #}
{% macro priced_columns() -%}
        list_cost_usd,
        list_cost_upper_usd,
        contracted_cost_usd,
        contracted_cost_upper_usd,
        caching_savings_usd,
        processing_savings_usd,
        pricing_status,
        unpriced_classes,
        price_provider,
        price_model_id,
        price_match,
        price_effective_from,
        price_source,
        processing,
        price_flags
{%- endmacro %}
