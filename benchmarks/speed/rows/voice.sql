-- Conversations of the days from $first_day to $last_day, and 20 events of each, six of them
-- responses. One response in a hundred was filed twice.

insert into raw_voice.voice_conversations (id, user_id, session_id, started_at, metadata, created_at)
select
    cast(md5(concat('conversation ', day_no, ' ', conversation)) as uuid),
    concat('user_', conversation % 500),
    concat('session_', day_no, '_', conversation),
    timestamp '2024-01-01' + day_no * interval '1 day' + interval '8 hours',
    cast('{"model": "gpt-realtime"}' as $json),
    timestamp '2024-01-01' + day_no * interval '1 day' + interval '8 hours'
from generate_series($first_day, $last_day) as days (day_no)
cross join generate_series(0, $conversations - 1) as conversations (conversation);

insert into raw_voice.voice_usage_metrics (
    id, conversation_id, timestamp, input_tokens, output_tokens, audio_duration_ms, function_calls,
    latency_ms, event_type, metadata
)
with

slots as (

    select
        day_no,
        conversation,
        event,
        cast($first_id as bigint) + ((day_no - $first_day) * $conversations + conversation) * 20 + event as slot
    from generate_series($first_day, $last_day) as days (day_no)
    cross join generate_series(0, $conversations - 1) as conversations (conversation)
    cross join generate_series(0, 19) as events (event)

),

drawn as (

    select
        *,
        slot * 811290697 % 2147483647 as chance,
        case
            when event % 10 in (3, 7, 9) then 'response_complete'
            when event % 10 in (1, 5) then 'function_call'
            else 'message'
        end as event_type
    from slots

),

used as (

    select
        *,
        event_type = 'response_complete' as is_response,
        timestamp '2024-01-01' + day_no * interval '1 day' + interval '8 hours'
            + (conversation % 36000 + event * 7) * interval '1 second' as happened_at,
        200 + chance % 3000 as input,
        50 + (chance >> 4) % 700 as output
    from drawn

)

select
    cast(md5(concat('metric ', slot, ' ', copy)) as uuid),
    cast(md5(concat('conversation ', day_no, ' ', conversation)) as uuid),
    happened_at + copy * interval '2 seconds',
    case when is_response then input end,
    case when is_response then output end,
    case when event_type = 'message' then 1000 + chance % 20000 end,
    case when event_type = 'function_call' then 1 end,
    -- one in two thousand is damaged
    case when chance % 2000 = 555 then -1 when is_response then chance % 1500 end,
    event_type,
    cast(
        case
            when is_response then concat(
                '{"input_token_details": {"text_tokens": ', input >> 1, ', "audio_tokens": ', input - (input >> 1),
                ', "cached_tokens": ', input >> 2, '}, "output_token_details": {"text_tokens": ', output >> 2,
                ', "audio_tokens": ', output - (output >> 2), '}}'
            )
        end as $json
    )
from used
cross join generate_series(0, 1) as copies (copy)
where copy = 0 or is_response and chance % 100 = 0
order by slot, copy;
