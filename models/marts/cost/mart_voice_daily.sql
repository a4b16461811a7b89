-- Question: how much was the voice assistant used on each day, how well did it work, what did it cost?
-- Grain: usage_date, per source_instance.
-- Guarantee: counts, tokens and prices equal those of fct_voice_usage_daily, and cost_usd that of its rows in
-- fct_cost_daily that are counted; each percentile is a latency that was really measured.
-- Traps: a latency of 0 means unknown. It is in no percentile and not in known_latency_count. Who talks on two days is in the
-- user_count of both, so a sum over days counts users twice, as it does conversations that pass midnight; percentiles cannot
-- be averaged.

with usages as (

    select * from {{ ref('fct_voice_usage_daily') }}

),

costs as (

    select
        source_instance,
        usage_date,
        cast(
            case when max(case when is_counted then 1 else 0 end) = 0 then 0 else sum(case when is_counted then cost_usd end) end
            as {{ tokenmart.type_money() }}
        ) as cost_usd,
        cast(sum(observed_cost_usd) as {{ tokenmart.type_money() }}) as observed_cost_usd
    from {{ ref('fct_cost_daily') }}
    where source_system = 'voice'
    group by 1, 2

),

latencies as (

    select * from {{ ref('int_voice_latency_daily') }}

),

daily as (

    select
        source_instance,
        usage_date,
        count(distinct conversation_id) as conversation_count,
        count(distinct user_id) as user_count,
        cast(sum(record_count) as {{ dbt.type_bigint() }}) as record_count,
        cast(sum(response_count) as {{ dbt.type_bigint() }}) as response_count,
        cast(sum(error_count) as {{ dbt.type_bigint() }}) as error_count,
        cast(sum(function_call_count) as {{ dbt.type_bigint() }}) as function_call_count,
        cast(sum(audio_duration_ms) as {{ dbt.type_bigint() }}) as audio_duration_ms,
        cast(sum(input_tokens) as {{ dbt.type_bigint() }}) as input_tokens,
        cast(sum(output_tokens) as {{ dbt.type_bigint() }}) as output_tokens,
        cast(sum(total_tokens) as {{ dbt.type_bigint() }}) as total_tokens,
        cast(sum(recorded_cost_usd) as {{ dbt.type_numeric() }}) as recorded_cost_usd,
        cast(sum(case when cost_usd is null then total_tokens else 0 end) as {{ dbt.type_bigint() }}) as unpriced_tokens,
        cast(sum(case when list_cost_usd is null then total_tokens else 0 end) as {{ dbt.type_bigint() }}) as unlisted_tokens,
        cast(sum(list_cost_usd) as {{ tokenmart.type_money() }}) as list_cost_usd,
        cast(sum(contracted_cost_usd) as {{ tokenmart.type_money() }}) as contracted_cost_usd,
        cast(sum(case when model_source = 'assumed' then contracted_cost_usd else 0 end) as {{ tokenmart.type_money() }})
            as assumed_model_cost_usd
    from usages
    group by 1, 2

)

select
    daily.*,
    costs.cost_usd,
    costs.observed_cost_usd,
    coalesce(latencies.known_latency_count, 0) as known_latency_count,
    latencies.p50_latency_ms,
    latencies.p95_latency_ms
from daily
inner join costs
    on
        daily.source_instance = costs.source_instance
        and daily.usage_date = costs.usage_date
left join latencies
    on
        daily.source_instance = latencies.source_instance
        and daily.usage_date = latencies.usage_date
