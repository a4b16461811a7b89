-- The voice assistant: conversations of several turns, each turn a handful of events.

create table conversations as
select
    day_no,
    day_no * 1000000 + number as conversation,
    uuid_of('conversation', conversation) as id,
    day + working_time('started', conversation) as started_at,
    1 + least(30, floor(-5 * ln(1 - u('turns', conversation))))::bigint as n_turns,
    one_of(['gpt-4o-realtime-preview-2024-12-17', 'gpt-realtime-2025-08-28'], 'model', conversation)
        as model,
from calendar
cross join unnest(range(round(getvariable('rows_per_day') * 0.04 * pace)::bigint)) as n (number);

create table turns as
select
    day_no,
    id as conversation_id,
    conversation * 1000 + turn as slot,
    turn,
    started_at + to_milliseconds(turn * 20000 + whole(0, 9000, 'spoken', slot)) as spoken_at,
    -- The model reads the conversation again at every turn, most of it from its cache.
    180 + turn * whole(20, 60, 'text', conversation) as text_tokens,
    turn * whole(60, 150, 'audio', conversation) + whole(20, 120, 'audio', slot) as audio_tokens,
    if(model = 'gpt-realtime-2025-08-28' and u('image', conversation) < 0.1, 640, 0)
        as image_tokens,
    if(turn > 0, text_tokens * 8 // 10, 0) as cached_text_tokens,
    if(turn > 0, audio_tokens * whole(3, 9, 'cached', slot) // 10, 0) as cached_audio_tokens,
    if(turn > 0, image_tokens, 0) as cached_image_tokens,
    whole(8, 60, 'written', slot) as text_out,
    whole(40, 400, 'said', slot) as audio_out,
    text_tokens + audio_tokens + image_tokens as input_tokens,
    text_out + audio_out as output_tokens,
from conversations
cross join unnest(range(n_turns)) as t (turn);

create table voice_conversations as
with

last_response as (
    select
        conversation_id,
        arg_max(input_tokens, turn)::int as input_tokens,
        arg_max(output_tokens, turn)::int as output_tokens,
        max(spoken_at) + to_seconds(10) as ended_at,
    from turns
    group by conversation_id
)

select
    id,
    uuid_of('voice user', zipf(20 + getvariable('rows_per_day') // 20, 'user', conversation))
        as user_id,
    'sess_' || left(code('session', conversation), 20) as session_id,
    started_at,
    ended_at,
    date_diff('second', started_at, ended_at) as duration_seconds,
    -- The application overwrites these at each response: they tell of the last one only.
    input_tokens + output_tokens as total_tokens,
    input_tokens,
    output_tokens,
    1 + total_tokens // 500 as cost_cents,
    'some words that were said' as summary,
    if(
        u('without model', conversation) < 0.15,
        to_json({'client_ip': client_ip, 'voice': 'alloy'}),
        to_json({'model': model, 'client_ip': client_ip, 'voice': 'alloy'})
    ) as metadata,
    started_at as created_at,
    ended_at as updated_at,
from (
    select
        *,
        '203.0.113.' || whole(1, 254, 'address', conversation) as client_ip,
    from conversations
)
inner join last_response on id = conversation_id;

create table voice_usage_metrics as
with

events as (
    select
        *,
        event_type as origin,
        spoken_at + to_milliseconds(seconds * 1000 + whole(0, 900, event_type, slot)) as timestamp,
    from turns
    cross join (
        values
        ('message', 0, 1.0),
        ('function_call', 1, 0.25),
        ('response_complete', 3, 0.97),
        ('error', 3, 0.02),
    ) as kinds (event_type, seconds, frequency)
    where u(event_type || ' happens', slot) < frequency
),

-- There is no event id: a client that tries again writes the response again.
retried as (
    select * replace (
        'retried' as origin,
        timestamp + to_milliseconds(whole(200, 4800, 'again', slot)) as timestamp
    )
    from events
    where event_type = 'response_complete' and u('retried', slot) < 0.02
),

-- One response a day, five days of seven, is not as the others are.
odd as (
    select
        arg_min(slot, u('odd', slot)) as slot,
        'response_complete' as origin,
        [
            'latency below zero', 'audio below zero', 'cached above input', 'in the far future',
            'unknown event',
        ][1 + day_no % 7] as oddity,
    from events
    where event_type = 'response_complete'
    group by day_no
),

happened as (
    select
        all_events.*,
        coalesce(oddity, '') as oddity,
        event_type = 'response_complete' and oddity is distinct from 'unknown event' as is_response,
    from (
        select * from events
        union all
        select * from retried
    ) as all_events
    left join odd using (origin, slot)
)

select
    uuid_of(origin, slot) as id,
    if(u('orphan', slot) < 0.01, null, conversation_id) as conversation_id,
    if(oddity = 'in the far future', in_2099(timestamp), timestamp) as timestamp,
    if(is_response, happened.input_tokens, one_of([0, null], 'empty', slot)) as input_tokens,
    if(is_response, happened.output_tokens, one_of([0, null], 'empty', slot)) as output_tokens,
    case
        when oddity = 'audio below zero' then -1
        when is_response then audio_out * 50
        when event_type = 'message' then whole(600, 9000, 'heard', slot)
    end as audio_duration_ms,
    (event_type = 'function_call')::int as function_calls,
    case
        when oddity = 'latency below zero' then -5
        when is_response and u('latency unknown', slot) > 0.06
            then floor(450 * exp(bell('latency', slot)))::bigint
        when event_type <> 'message' then 0
    end as latency_ms,
    if(oddity = 'unknown event', 'session_warmup', event_type) as event_type,
    case
        when is_response then to_json({
            'total_tokens': happened.input_tokens + happened.output_tokens,
            'input_tokens': happened.input_tokens,
            'output_tokens': happened.output_tokens,
            'input_token_details': {
                'text_tokens': text_tokens,
                'audio_tokens': audio_tokens,
                'image_tokens': image_tokens,
                'cached_tokens': if(
                    oddity = 'cached above input',
                    2 * happened.input_tokens,
                    cached_text_tokens + cached_audio_tokens + cached_image_tokens
                ),
                'cached_tokens_details': {
                    'text_tokens': cached_text_tokens,
                    'audio_tokens': cached_audio_tokens,
                    'image_tokens': cached_image_tokens,
                },
            },
            'output_token_details': {'text_tokens': text_out, 'audio_tokens': audio_out},
        })
        when event_type = 'function_call' then '{"name": "look_up_order"}'
        when event_type = 'error' then '{"code": "rate_limit_exceeded"}'
        when event_type = 'response_complete' then '{}'
    end as metadata,
from happened;
