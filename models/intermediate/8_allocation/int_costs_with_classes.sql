{{ config(materialized='ephemeral') }}

-- Grain: that of fct_cost_daily.
-- Guarantee: each row once, with its tokens by class and with what its price is found by. unit names what is not tokens; a row
-- without tokens, audio and unit is empty.
-- Traps: unsplit_tokens are all tokens without a class here, those of voice, too. line_item is the text of a bill's line without
-- usage, and billed_direction what it says that it is for: output, or cached input.

{%- set facts = {
    'provider': 'fct_provider_usage_daily', 'agents': 'fct_agent_usage_daily', 'voice': 'fct_voice_usage_daily',
} %}
{%- set no_text = 'cast(null as ' ~ dbt.type_string() ~ ')' %}
{%- set quantity = 'cast({} as decimal(38, 9))' %}

with costs as (

    select * from {{ ref('fct_cost_daily') }}

),

usage as (

    {%- for source in tokenmart.usage_sources() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ source }}' as source_system,
        usage_key,
        price_provider,
        price_model_id,
        price_effective_from,
        processing,
        coalesce({{ 'context_band' if source == 'provider' else no_text }}, 'base') as price_band,
        unpriced_classes,
        {{ 'timed_audio_ms' if source == 'voice' else 'cast(0 as ' ~ dbt.type_bigint() ~ ')' }} as timed_audio_ms,
        {{ quantity.format('quantity' if source in ['provider', 'agents'] else 'null') }} as quantity,
        {{ tokenmart.token_class_columns() }}
    from {{ ref(facts[source]) }}
    {%- endfor %}

),

unused_lines as (

    {% if tokenmart.has_bills() -%}
    select
        'billing' as source_system,
        {{ tokenmart.grain_key(['source_instance', 'line_key']) }} as usage_key,
        line_item,
        direction
    from {{ ref('int_unallocated_bill_lines') }}
    {%- else -%}
    select
        {{ no_text }} as source_system,
        {{ no_text }} as usage_key,
        {{ no_text }} as line_item,
        {{ no_text }} as direction
    from costs
    where 1 = 0
    {%- endif %}

),

joined as (

    select
        {% for column in [
            'source_system', 'cost_key', 'usage_key', 'source_instance', 'usage_date', 'provider', 'model_id', 'canonical_model_id',
            'token_source', 'is_counted', 'total_tokens', 'cost_basis', 'cost_usd',
        ] -%}
        costs.{{ column }},
        {% endfor -%}
        {% for column in ['list_cost_usd', 'contracted_cost_usd', 'billed_cost_usd'] -%}
        costs.{{ column }} as row_{{ column }},
        {% endfor -%}
        usage.price_provider,
        usage.price_model_id,
        usage.price_effective_from,
        usage.processing,
        usage.price_band,
        usage.unpriced_classes,
        coalesce(usage.timed_audio_ms, 0) as timed_audio_ms,
        usage.quantity,
        unused_lines.line_item,
        unused_lines.direction as billed_direction,
        case
            when costs.resource_type <> 'llm_tokens' then costs.resource_type
            else costs.quantity_unit
        end as unit,
        {%- for class in tokenmart.token_classes() %}
        coalesce(usage.{{ class }}_tokens, 0) as {{ class }}_tokens,
        {%- endfor %}
        costs.total_tokens
        {%- for class in tokenmart.token_classes() %}
        - coalesce(usage.{{ class }}_tokens, 0)
        {%- endfor %} as unsplit_tokens
    from costs
    left join usage
        on
            costs.source_system = usage.source_system
            and costs.usage_key = usage.usage_key
    left join unused_lines
        on
            costs.source_system = unused_lines.source_system
            and costs.usage_key = unused_lines.usage_key

)

select
    *,
    total_tokens = 0 and timed_audio_ms = 0 and unit is null as is_empty
from joined
