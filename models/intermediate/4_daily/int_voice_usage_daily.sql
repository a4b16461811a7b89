{{ tokenmart.recomputes_days(
    'int_voice_days_to_recompute', day='usage_date_utc', after=['excluded_voice_usage_metrics', 'quarantine_voice_usage_metrics', 'int_voice_latency_daily'],
) }}

-- Grain: usage_date × usage_date_utc × conversation_id × event_model_id, per source_instance.
-- Guarantee: every counted event is in exactly one day; sums equal those of the counted events, and the classes
-- and what has no class add up to input_tokens and output_tokens.
-- Trap: a conversation's own token and cost columns hold its last response only. The events are summed.

with counted as (

    select *
    from {{ ref('int_voice_usage_counted') }}
    where is_stale

),

daily as (

    select
        source_instance,
        {{ tokenmart.to_reporting_date('recorded_at') }} as usage_date,
        cast(recorded_at as date) as usage_date_utc,
        nullif(conversation_id, '') as conversation_id,
        event_model_id,
        count(*) as record_count,
        cast(sum(case when event_type = 'response_complete' then 1 else 0 end) as {{ dbt.type_bigint() }}) as response_count,
        cast(sum(case when event_type = 'error' then 1 else 0 end) as {{ dbt.type_bigint() }}) as error_count,
        cast(coalesce(sum(function_calls), 0) as {{ dbt.type_bigint() }}) as function_call_count,
        cast(coalesce(sum(audio_duration_ms), 0) as {{ dbt.type_bigint() }}) as audio_duration_ms,
        cast(
            coalesce(sum(case when coalesce(input_tokens, 0) + coalesce(output_tokens, 0) = 0 then audio_duration_ms end), 0)
            as {{ dbt.type_bigint() }}
        ) as timed_audio_ms,
        cast(sum(case when is_token_convention_ambiguous then 1 else 0 end) as {{ dbt.type_bigint() }}) as ambiguous_record_count,
        cast(coalesce(sum(input_tokens), 0) as {{ dbt.type_bigint() }}) as input_tokens,
        cast(coalesce(sum(output_tokens), 0) as {{ dbt.type_bigint() }}) as output_tokens,
        cast(coalesce(sum(unclassed_input_tokens), 0) as {{ dbt.type_bigint() }}) as unclassed_input_tokens,
        cast(coalesce(sum(unclassed_output_tokens), 0) as {{ dbt.type_bigint() }}) as unclassed_output_tokens,
        {{ tokenmart.sum_token_classes() }}
    from counted
    group by 1, 2, 3, 4, 5

)

select * from daily
