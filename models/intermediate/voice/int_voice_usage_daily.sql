{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ tokenmart.clear_days(this, ref('int_voice_days')) }}",
    post_hook="{{ tokenmart.advance_watermark(
        'int_voice_usage_daily',
        ref('int_voice_days'),
        {'ledger_voice_usage_metrics': 'events_batch_id'},
    ) }}",
) }}

-- depends_on: {{ ref('int_voice_excluded') }}
-- depends_on: {{ ref('int_voice_quarantined') }}
-- depends_on: {{ ref('int_voice_latency_daily') }}
-- depends_on: {{ ref('int_watermarks') }}

-- Grain: usage_date × usage_date_utc × conversation_id, per source_instance.
-- Guarantee: every counted event stands in exactly one day; sums equal those of the counted events.
-- Trap: a conversation's own token and cost columns hold its last response only. The events are summed.

{%- do tokenmart.assert_whole(ref('int_voice_days'), ref('ledger_voice_usage_metrics')) %}

with days as (

    select *
    from {{ ref('int_voice_days') }}
    where is_touched

),

exclusions as (

    select * from {{ ref('int_voice_exclusions') }}

),

counted as (

    select checked.*
    from {{ ref('int_voice_usage_checked') }} as checked
    inner join days
        on
            checked.source_instance = days.source_instance
            and checked.usage_date_utc = days.usage_date_utc
    left join exclusions
        on
            checked.source_instance = exclusions.source_instance
            and checked.row_key = exclusions.row_key
    where
        checked.quarantine_reasons is null
        and exclusions.row_key is null

),

daily as (

    select
        source_instance,
        {{ tokenmart.to_reporting_date('recorded_at') }} as usage_date,
        cast(recorded_at as date) as usage_date_utc,
        nullif(conversation_id, '') as conversation_id,
        count(*) as record_count,
        cast(sum(case when event_type = 'response_complete' then 1 else 0 end) as {{ dbt.type_bigint() }}) as response_count,
        cast(sum(case when event_type = 'error' then 1 else 0 end) as {{ dbt.type_bigint() }}) as error_count,
        cast(coalesce(sum(function_calls), 0) as {{ dbt.type_bigint() }}) as function_call_count,
        cast(coalesce(sum(audio_duration_ms), 0) as {{ dbt.type_bigint() }}) as audio_duration_ms,
        cast(coalesce(sum(input_tokens), 0) as {{ dbt.type_bigint() }}) as input_tokens,
        cast(coalesce(sum(output_tokens), 0) as {{ dbt.type_bigint() }}) as output_tokens
    from counted
    group by 1, 2, 3, 4

)

select * from daily
