{#
    What may be wrong with a line of a price seed by itself: the seed, the condition on its columns, which are all
    text, and the sentence.
#}
{% macro price_line_rules() %}
    {% set price_pattern = '^[0-9]{1,5}([.][0-9]{1,6})?$' %}
    {% set percent_pattern = '^([0-9]{1,2}([.][0-9]{1,6})?|100([.]0{1,6})?)$' %}
    {% set tokens_pattern = '^[1-9][0-9]{0,11}$' %}
    {% set known_classes = tokenmart.priced_classes() %}
    {% set known_processings = tokenmart.processings() %}
    {% set rules = [] %}
    {% set required = {
        'model_prices': ['provider', 'model_id', 'token_class', 'usd_per_million'],
        'contract_prices': ['provider', 'model_id'],
        'model_names': ['provider', 'name', 'model_id'],
        'model_aliases': ['provider', 'name', 'model_id'],
        'provider_names': ['name', 'provider'],
        'context_steps': ['model_id', 'above_input_tokens', 'context_band'],
    } %}
    {% for seed, columns in required.items() %}
        {% for column in columns %}
            {% do rules.append((seed, column ~ " is null", "'" ~ column ~ " is empty'")) %}
        {% endfor %}
    {% endfor %}
    {% set lists = [
        ('model_prices', 'token_class', known_classes),
        ('model_prices', 'processing', known_processings),
        ('model_prices', 'price_source', ['listed', 'derived']),
        ('model_prices', 'covers_others', ['true', 'false']),
        ('model_names', 'is_home', ['true', 'false']),
        ('contract_prices', 'token_class', known_classes + ['*']),
        ('contract_prices', 'processing', known_processings + ['*']),
    ] %}
    {% for seed, column, values in lists %}
        {% do rules.append((
            seed,
            column ~ " not in (" ~ tokenmart.quoted_list(values) ~ ")",
            "'" ~ column ~ " is not known: ' || " ~ column ~ " || '; known are " ~ values | join(', ') ~ "'",
        )) %}
    {% endfor %}
    {% for seed, column in [
        ('model_prices', 'usd_per_million'), ('model_prices', 'peak_usd_per_million'), ('contract_prices', 'usd_per_million'),
    ] %}
        {% do rules.append((seed, column ~ " like '-%'", "'" ~ column ~ " is negative: ' || " ~ column)) %}
        {% do rules.append((
            seed,
            column ~ " not like '-%' and not (" ~ column ~ " ~ '" ~ price_pattern ~ "')",
            "'" ~ column ~ " is not a number below 100000 with at most 6 decimals: ' || " ~ column,
        )) %}
    {% endfor %}
    {% for seed in ['model_prices', 'contract_prices'] %}
        {% do rules.append((seed, "coalesce(currency, '') <> 'USD'", "'currency is not USD: ' || coalesce(currency, 'empty')")) %}
        {% for column in ['effective_from', 'effective_to'] %}
            {% do rules.append((
                seed, "not " ~ tokenmart.is_day(column), "'" ~ column ~ " is not a day such as 2026-01-31: ' || " ~ column,
            )) %}
        {% endfor %}
        {% do rules.append((
            seed,
            "effective_to < effective_from and " ~ tokenmart.is_day('effective_to') ~ " and " ~ tokenmart.is_day('effective_from'),
            "'effective_to ' || effective_to || ' is before effective_from ' || effective_from",
        )) %}
    {% endfor %}
    {% for seed in ['model_prices', 'context_steps'] %}
        {% do rules.append((
            seed,
            "not (above_input_tokens ~ '" ~ tokens_pattern ~ "')",
            "'above_input_tokens is not a number of tokens: ' || above_input_tokens",
        )) %}
    {% endfor %}
    {% do rules.extend([
        (
            'contract_prices',
            "left(model_id, length(model_id) - 1) like '%*%'",
            "'model_id may have a * at its end only: ' || model_id",
        ),
        (
            'contract_prices',
            "(usd_per_million is null) = (discount_percent is null)",
            "'give either usd_per_million or discount_percent'",
        ),
        (
            'contract_prices',
            "usd_per_million is not null and coalesce(token_class, '*') = '*'",
            "'a price needs a token_class; only a discount may be for all'",
        ),
        (
            'contract_prices',
            "discount_percent like '-%'",
            "'discount_percent is negative: ' || discount_percent",
        ),
        (
            'contract_prices',
            "discount_percent not like '-%' and not (discount_percent ~ '" ~ percent_pattern ~ "')",
            "'discount_percent is not a number from 0 to 100 with at most 6 decimals: ' || discount_percent",
        ),
    ]) %}
    {{ return(rules) }}
{% endmacro %}
