-- Question: how much was the voice assistant used on each day, how well did it work, what did it cost?
-- Grain: usage_date, per source_instance.
-- Guarantee: counts, tokens and money equal those of fct_voice_usage_daily; each percentile is a
-- latency that was really measured.
-- Trap: a latency of 0 means unknown. It is in no percentile and not in known_latency_count.

with usages as (

    select * from {{ ref('fct_voice_usage_daily') }}

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
        cast(sum(list_cost_usd) as {{ tokenmart.type_money() }}) as list_cost_usd,
        cast(sum(contracted_cost_usd) as {{ tokenmart.type_money() }}) as contracted_cost_usd,
        cast(sum(cost_usd) as {{ tokenmart.type_money() }}) as cost_usd
    from usages
    group by 1, 2

)

select
    daily.*,
    coalesce(latencies.known_latency_count, 0) as known_latency_count,
    latencies.p50_latency_ms,
    latencies.p95_latency_ms
from daily
left join latencies
    on
        daily.source_instance = latencies.source_instance
        and daily.usage_date = latencies.usage_date
