{{ config(materialized='ephemeral') }}

-- Grain: a row of fct_cost_daily × token_class, for the classes that it has; what is not tokens is a class of its own.
-- Guarantee: each row has at least one class, and its tokens are those of its classes.
-- Trap: seconds of audio are here only where they have a price, or none is known: else their tokens say what they cost.

{%- set columns = [
    'cost_key', 'source_system', 'source_instance', 'usage_date', 'provider', 'model_id', 'canonical_model_id', 'token_source',
    'is_counted', 'cost_basis', 'unit', 'line_item', 'billed_direction', 'quantity', 'timed_audio_ms',
    'price_provider', 'price_model_id', 'processing', 'price_band', 'row_list_cost_usd', 'row_contracted_cost_usd', 'row_billed_cost_usd',
] %}

with classed as (

    select * from {{ ref('int_costs_with_classes') }}

),

classes as (

    {%- for class in tokenmart.priced_classes() + ['unsplit', 'quantity'] %}
    {{ 'union all' if not loop.first }}
    select '{{ class }}' as token_class
    {%- endfor %}

),

unpivoted as (

    select
        {% for column in columns + ['price_effective_from', 'unpriced_classes', 'total_tokens'] -%}
        classed.{{ column }},
        {% endfor -%}
        classes.token_class,
        case classes.token_class
            {%- for class in tokenmart.token_classes() + ['unsplit'] %}
            when '{{ class }}' then classed.{{ class }}_tokens
            {%- endfor %}
            else 0
        end as tokens
    from classed
    cross join classes
    where
        case classes.token_class
            {%- for class in tokenmart.token_classes() %}
            when '{{ class }}' then classed.{{ class }}_tokens <> 0
            {%- endfor %}
            when 'unsplit' then classed.unsplit_tokens <> 0 or classed.is_empty
            when 'audio_seconds' then classed.timed_audio_ms <> 0
            else classed.unit is not null
        end

),

priced as (

    select
        {%- for column in columns %}
        unpivoted.{{ column }},
        {%- endfor %}
        {%- for cost, rate in {'list': 'usd_per_million', 'contracted': 'contracted_usd_per_million'}.items() %}
        case
            when unpivoted.token_class = 'audio_seconds'
                then {{ tokenmart.audio_cost('unpivoted.timed_audio_ms', 'prices.' ~ rate) }}
            else {{ tokenmart.token_cost('unpivoted.tokens', 'prices.' ~ rate) }}
        end as {{ cost }}_usd,
        {%- endfor %}
        unpivoted.token_class,
        unpivoted.tokens,
        prices.usd_per_million as list_usd_per_million,
        prices.contracted_usd_per_million
    from unpivoted
    left join {{ ref('int_model_prices') }} as prices
        on
            unpivoted.price_provider = prices.price_provider
            and unpivoted.price_model_id = prices.price_model_id
            and unpivoted.processing = prices.processing
            and unpivoted.price_band = prices.context_band
            and unpivoted.price_effective_from = prices.effective_from
            and unpivoted.token_class = prices.token_class
    where
        unpivoted.token_class <> 'audio_seconds'
        or unpivoted.total_tokens = 0
        or prices.contracted_usd_per_million is not null
        or unpivoted.unpriced_classes like '%audio_seconds%'

)

select * from priced
