-- Question: which spend moved most from one month to the next, and was it price, volume, or other models?
-- Grain: usage_month × dimension × dimension_value, per source_instance; each month that has one before it. A month that still
-- runs, and one whose month before is not there from its start, are compared by the days that both have.
-- Guarantee: price + volume + mix + new + gone + other is the change, to the last digit, and each dimension adds up to the
-- company's counted cost in fct_cost_daily of the same days. What names no value is a row with the value null.
-- Traps: each dimension holds all of the cost, so never add up two of them. A cost that is not known is in no sum
-- (unpriced_tokens): usage that gets a price between the months is new. Months have 28 to 31 days, which is volume.

{%- set money = tokenmart.type_money() %}
{%- set key = ['source_instance', 'usage_month', 'dimension', 'dimension_value'] | join(', ') %}
{%- set pico = 'cast(0.000000000001 as decimal(12, 12))' %}

with names as (

    {{ tokenmart.scope_names() }}

),

placed as (

    select
        *,
        row_number() over (
            partition by {{ key }}
            order by abs(change_usd) desc, {{ tokenmart.in_byte_order('canonical_model_id') }}
        ) as place
    from {{ ref('mart_cost_mover_models') }}

),

movers as (

    select
        {{ key }},
        min(since_day) as since_day,
        min(until_day) as until_day,
        {% for column in [
            'cost_usd', 'previous_cost_usd', 'change_usd',
            'costed_tokens', 'unpriced_tokens', 'previous_costed_tokens', 'previous_unpriced_tokens',
        ] -%}
        sum({{ column }}) as {{ column }},
        {% endfor -%}
        count(repriced_usd) as compared_models,
        {% for name, column in {
            'now_usd': 'tokens_cost_usd', 'before_usd': 'previous_tokens_cost_usd', 'repriced_usd': 'repriced_usd',
            'now_tokens': 'costed_tokens', 'before_tokens': 'previous_costed_tokens',
        }.items() -%}
        coalesce(sum(case when repriced_usd is not null then {{ column }} end), 0) as {{ name }},
        {% endfor -%}
        coalesce(sum(case when previous_costed_tokens = 0 then tokens_cost_usd end), 0) as new_usd,
        -coalesce(sum(case when costed_tokens = 0 then previous_tokens_cost_usd end), 0) as gone_usd,
        max(case when place = 1 then canonical_model_id end) as top_model_id,
        sum(case when place = 1 then change_usd end) as top_model_change_usd
    from placed
    group by {{ key }}

),

effects as (

    select
        *,
        case
            when compared_models < 2 then repriced_usd - before_usd
            else cast(
                cast(now_tokens - before_tokens as {{ dbt.type_bigint() }})
                * {{ tokenmart.ratio('before_usd * 1000000000000', 'before_tokens') }} * {{ pico }}
                as {{ money }}
            )
        end as volume_usd
    from movers

)

select
    effects.source_instance,
    effects.usage_month,
    effects.dimension,
    effects.dimension_value,
    names.value_name,
    effects.since_day,
    effects.until_day,
    {% for column in ['cost_usd', 'previous_cost_usd', 'change_usd'] -%}
    cast(effects.{{ column }} as {{ money }}) as {{ column }},
    {% endfor -%}
    cast(effects.now_usd - effects.repriced_usd as {{ money }}) as price_effect_usd,
    cast(effects.volume_usd as {{ money }}) as volume_effect_usd,
    cast(effects.repriced_usd - effects.before_usd - effects.volume_usd as {{ money }}) as mix_effect_usd,
    cast(effects.new_usd as {{ money }}) as new_usd,
    cast(effects.gone_usd as {{ money }}) as gone_usd,
    -- what is no cost of tokens
    cast(
        effects.change_usd - (effects.now_usd - effects.before_usd) - effects.new_usd - effects.gone_usd as {{ money }}
    ) as other_usd,
    cast(effects.costed_tokens + effects.unpriced_tokens as {{ dbt.type_bigint() }}) as total_tokens,
    cast(effects.unpriced_tokens as {{ dbt.type_bigint() }}) as unpriced_tokens,
    cast(effects.previous_costed_tokens + effects.previous_unpriced_tokens as {{ dbt.type_bigint() }}) as previous_total_tokens,
    cast(effects.previous_unpriced_tokens as {{ dbt.type_bigint() }}) as previous_unpriced_tokens,
    effects.top_model_id,
    cast(effects.top_model_change_usd as {{ money }}) as top_model_change_usd
from effects
left join names
    on
        effects.dimension = names.dimension
        and effects.dimension_value = names.dimension_value
