{# The columns of a price seed, or of all by name; true are those that a file of one's own may leave out. #}
{% macro price_columns(seed=none) %}
    {% set columns = {
        'model_prices': {
            'provider': false, 'model_id': false, 'processing': false, 'token_class': false,
            'above_input_tokens': true, 'effective_from': false, 'effective_to': false,
            'usd_per_million': false, 'peak_usd_per_million': true, 'currency': false,
            'covers_others': true, 'price_source': true, 'price_rule': true, 'catalog': true,
        },
        'contract_prices': {
            'provider': false, 'model_id': false, 'processing': false, 'token_class': false,
            'effective_from': false, 'effective_to': false,
            'usd_per_million': false, 'discount_percent': false, 'currency': false,
        },
        'model_names': {'provider': false, 'name': false, 'model_id': false, 'is_home': true},
        'model_aliases': {'provider': false, 'name': false, 'model_id': false},
        'provider_names': {'name': false, 'provider': false},
        'context_steps': {'model_id': false, 'above_input_tokens': false, 'context_band': false},
    } %}
    {{ return(columns[seed] if seed else columns) }}
{% endmacro %}
