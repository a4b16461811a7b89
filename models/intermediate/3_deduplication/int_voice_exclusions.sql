-- Grain: one row for each valid row of voice_usage_metrics that must not count, with the one reason that comes first,
-- on the days of this run.
-- Guarantee: a response is counted once. The order: empty, retried.
-- Trap: events have no id of their own, so a retried insert is another row. Only responses of the same
-- conversation with the same tokens and the same usage object are taken for one, and only if each came
-- within voice_retry_seconds of the one before.

with valid as (

    select
        this_run.source_instance,
        this_run.row_key,
        this_run.voice_metric_id,
        nullif(this_run.conversation_id, '') as conversation_id,
        this_run.event_type,
        this_run.recorded_at,
        coalesce(this_run.input_tokens, 0) as input_tokens,
        coalesce(this_run.output_tokens, 0) as output_tokens,
        -- one short value to compare instead of a long one
        md5(coalesce(this_run.metadata, '')) as usage_hash,
        coalesce(this_run.event_type, 'response_complete') = 'response_complete'
        and coalesce(this_run.input_tokens, 0) = 0
        and coalesce(this_run.output_tokens, 0) = 0
        and coalesce(this_run.audio_duration_ms, 0) = 0
        and coalesce(this_run.function_calls, 0) = 0
        and coalesce(this_run.latency_ms, 0) = 0 as is_empty
    from {{ ref('int_voice_usage_this_run') }} as this_run
    inner join {{ ref('int_voice_days_to_recompute') }} as days
        on
            this_run.source_instance = days.source_instance
            and this_run.usage_date_utc = days.recompute_date
    where this_run.quarantine_reasons is null

),

responses as (

    select *
    from valid
    where
        event_type = 'response_complete'
        and conversation_id is not null
        and not is_empty

),

-- only what is there more than once is sorted
repeated as (

    select
        source_instance,
        conversation_id,
        input_tokens,
        output_tokens,
        usage_hash
    from responses
    group by 1, 2, 3, 4, 5
    having count(*) > 1

),

followed as (

    select
        responses.source_instance,
        responses.row_key,
        responses.recorded_at,
        lag(responses.recorded_at) over (
            partition by
                responses.source_instance, responses.conversation_id,
                responses.input_tokens, responses.output_tokens, responses.usage_hash
            order by responses.recorded_at, {{ tokenmart.in_byte_order('responses.voice_metric_id') }}
        ) as recorded_before
    from responses
    inner join repeated
        on
            responses.source_instance = repeated.source_instance
            and responses.conversation_id = repeated.conversation_id
            and responses.input_tokens = repeated.input_tokens
            and responses.output_tokens = repeated.output_tokens
            and responses.usage_hash = repeated.usage_hash

)

select
    source_instance,
    row_key,
    'empty' as exclusion_reason
from valid
where is_empty

union all

select
    source_instance,
    row_key,
    'retried' as exclusion_reason
from followed
where recorded_at <= {{ dbt.dateadd('second', var('voice_retry_seconds'), 'recorded_before') }}
