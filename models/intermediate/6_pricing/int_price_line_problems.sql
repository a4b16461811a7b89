{{ config(materialized='ephemeral') }}

-- Grain: one row for each rule that a line of a price seed breaks by itself, with its line and a sentence.
-- Guarantee: every line that the other models could not read as a price, a name or a step is here.
-- Trap: the columns are text, because a cast would stop at the first wrong value without saying where.
-- `tokenmart prices check` has the same rules for files (tokenmart/prices/check.py).

{%- set price = '^[0-9]{1,5}([.][0-9]{1,6})?$' %}
{%- set percent = '^([0-9]{1,2}([.][0-9]{1,6})?|100([.]0{1,6})?)$' %}
{%- set tokens = '^[1-9][0-9]{0,11}$' %}

{#- a condition on the columns, and the sentence, for each seed -#}
{%- set rules = [] %}
{%- set required = {
    'model_prices': ['provider', 'model_id', 'token_class', 'usd_per_million'],
    'contract_prices': ['provider', 'model_id'],
    'model_names': ['provider', 'name', 'model_id'],
    'model_aliases': ['provider', 'name', 'model_id'],
    'provider_names': ['name', 'provider'],
    'context_steps': ['model_id', 'above_input_tokens', 'context_band'],
} %}
{%- for seed, columns in required.items() %}
{%- for column in columns %}
{%- do rules.append((seed, column ~ ' is null', "'" ~ column ~ " is empty'")) %}
{%- endfor %}
{%- endfor %}

{%- for seed, column, values in [
    ('model_prices', 'token_class', tokenmart.priced_classes()),
    ('model_prices', 'processing', tokenmart.processings()),
    ('model_prices', 'price_source', ['listed', 'derived']),
    ('model_prices', 'covers_others', ['true', 'false']),
    ('model_names', 'is_home', ['true', 'false']),
    ('contract_prices', 'token_class', tokenmart.priced_classes() + ['*']),
    ('contract_prices', 'processing', tokenmart.processings() + ['*']),
] %}
{%- do rules.append((
    seed,
    column ~ ' not in (' ~ tokenmart.quoted_list(values) ~ ')',
    "'" ~ column ~ " is not known: ' || " ~ column ~ " || '; known are " ~ values | join(', ') ~ "'",
)) %}
{%- endfor %}

{%- for seed, column in [
    ('model_prices', 'usd_per_million'), ('model_prices', 'peak_usd_per_million'), ('contract_prices', 'usd_per_million'),
] %}
{%- do rules.append((seed, column ~ " like '-%'", "'" ~ column ~ " is negative: ' || " ~ column)) %}
{%- do rules.append((
    seed,
    column ~ " not like '-%' and not (" ~ column ~ " ~ '" ~ price ~ "')",
    "'" ~ column ~ " is not a number below 100000 with at most 6 decimals: ' || " ~ column,
)) %}
{%- endfor %}

{%- for seed in ['model_prices', 'contract_prices'] %}
{%- do rules.append((seed, "coalesce(currency, '') <> 'USD'", "'currency is not USD: ' || coalesce(currency, 'empty')")) %}
{%- for column in ['effective_from', 'effective_to'] %}
{%- do rules.append((
        seed, 'not ' ~ tokenmart.is_day(column), "'" ~ column ~ " is not a day such as 2026-01-31: ' || " ~ column,
    )) %}
{%- endfor %}
{%- do rules.append((
    seed,
    'effective_to < effective_from and ' ~ tokenmart.is_day('effective_to') ~ ' and ' ~ tokenmart.is_day('effective_from'),
    "'effective_to ' || effective_to || ' is before effective_from ' || effective_from",
)) %}
{%- endfor %}

{%- for seed in ['model_prices', 'context_steps'] %}
{%- do rules.append((
    seed,
    "not (above_input_tokens ~ '" ~ tokens ~ "')",
    "'above_input_tokens is not a number of tokens: ' || above_input_tokens",
)) %}
{%- endfor %}

{%- for condition, sentence in {
    "left(model_id, length(model_id) - 1) like '%*%'":
        "'model_id may have a * at its end only: ' || model_id",
    '(usd_per_million is null) = (discount_percent is null)':
        "'give either usd_per_million or discount_percent'",
    "usd_per_million is not null and coalesce(token_class, '*') = '*'":
        "'a price needs a token_class; only a discount may be for all'",
    "discount_percent like '-%'":
        "'discount_percent is negative: ' || discount_percent",
    "discount_percent not like '-%' and not (discount_percent ~ '" ~ percent ~ "')":
        "'discount_percent is not a number from 0 to 100 with at most 6 decimals: ' || discount_percent",
}.items() %}
{%- do rules.append(('contract_prices', condition, sentence)) %}
{%- endfor %}

with
{% for seed in required %}
{{ seed }} as (

    {{ tokenmart.price_seed(seed, ref(seed)) }}

){{ ',' if not loop.last }}
{% endfor %}
{%- for seed, condition, sentence in rules %}
{{ 'union all' if not loop.first }}
select
    '{{ seed }}' as seed,
    line_number,
    {{ sentence }} as problem
from {{ seed }}
where {{ condition }}
{%- endfor %}
