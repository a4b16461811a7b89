-- The voice assistant: conversations of several turns, each turn a handful of events.

create table conversations as
select
    day_no, day_no * 1000000 + number as conversation,
    uuid_of('conversation', conversation) as id,
    day + working_time('started', conversation) as started_at,
    1 + least(30, floor(-5 * ln(1 - u('turns', conversation))))::bigint as n_turns,
    one_of(['gpt-4o-realtime-preview-2024-12-17', 'gpt-realtime-2025-08-28'], 'model', conversation)
        as model,
from calendar
cross join unnest(range(round(getvariable('rows_per_day') * 0.04 * pace)::bigint)) as n (number);

create table turns as
select
    id as conversation_id, day_no, turn, conversation * 1000 + turn as slot,
    started_at + to_milliseconds(turn * 20000 + whole(0, 9000, 'spoken', slot)) as spoken_at,
    -- The model reads the conversation again at every turn, much of it from its cache.
    180 + turn * whole(20, 60, 'text', conversation) as text,
    turn * whole(60, 150, 'audio', conversation) + whole(20, 120, 'audio', slot) as audio,
    if(model = 'gpt-realtime-2025-08-28' and u('image', conversation) < 0.1, 640, 0) as image,
    if(turn > 0, text * 8 // 10, 0) as cached_text,
    if(turn > 0, audio * whole(3, 9, 'cached', slot) // 10, 0) as cached_audio,
    if(turn > 0, image, 0) as cached_image,
    whole(8, 60, 'text out', slot) as text_out,
    whole(40, 400, 'audio out', slot) as audio_out,
    text + audio + image as input_tokens, text_out + audio_out as output_tokens,
from conversations
cross join unnest(range(n_turns)) as t (turn);

-- The application overwrites a conversation's tokens at each response: they tell of the last one.
create view voice_conversations as
select
    id,
    uuid_of('user', zipf(20 + getvariable('rows_per_day') // 20, 'user', conversation)) as user_id,
    'sess_' || left(code('session', conversation), 20) as session_id,
    started_at, spoken_at + to_seconds(10) as ended_at,
    date_diff('second', started_at, ended_at) as duration_seconds,
    input_tokens, output_tokens, input_tokens + output_tokens as total_tokens,
    1 + total_tokens // 500 as cost_cents,
    'some words that were said' as summary,
    '203.0.113.' || whole(1, 254, 'address', conversation) as client_ip,
    if(
        u('untold', conversation) < 0.15,
        to_json({'client_ip': client_ip}),
        to_json({'model': model, 'client_ip': client_ip})
    ) as metadata,
    started_at as created_at, ended_at as updated_at,
from conversations
inner join turns on id = conversation_id and turn = n_turns - 1;

create view voice_usage_metrics as
with

events as (
    select
        *,
        event_type as origin,
        spoken_at + to_milliseconds(delay_ms + whole(0, 900, event_type, slot)) as timestamp,
    from turns
    cross join (
        values
        ('message', 0, 1.0), ('function_call', 1000, 0.25), ('response_complete', 3000, 0.97),
        ('error', 3000, 0.02)
    ) as kinds (event_type, delay_ms, frequency)
    where u(event_type || ' happens', slot) < frequency
),

-- There is no event id: a client that tries again writes its response again.
written as (
    select * from events
    union all
    select * replace (
        'retry' as origin,
        timestamp + to_milliseconds(whole(200, 4800, 'retry', slot)) as timestamp
    )
    from events
    where event_type = 'response_complete' and u('retried', slot) < 0.02
),

-- One response a day, on five days of seven, is not like the others.
odd as (
    select
        'response_complete' as origin, arg_min(slot, u('odd', slot)) as slot,
        [
            'negative latency', 'negative audio', 'cached above input', 'far future',
            'unknown event',
        ][1 + day_no % 7] as oddity,
    from events
    where event_type = 'response_complete'
    group by day_no
),

told as (
    select
        written.* replace (
            if(oddity = 'unknown event', 'session_warmup', event_type) as event_type,
            if(oddity = 'far future', in_2099(timestamp), timestamp) as timestamp
        ),
        oddity,
        event_type = 'response_complete' and oddity is distinct from 'unknown event' as has_tokens,
    from written
    left join odd using (origin, slot)
)

select
    uuid_of(origin, slot) as id,
    if(u('lost', slot) < 0.01, null, conversation_id) as conversation_id,
    timestamp, event_type,
    if(has_tokens, told.input_tokens, one_of([0, null], 'empty', slot)) as input_tokens,
    if(has_tokens, told.output_tokens, one_of([0, null], 'empty', slot)) as output_tokens,
    case
        when oddity = 'negative audio' then -1
        when has_tokens then audio_out * 50
        when event_type = 'message' then whole(600, 9000, 'heard', slot)
    end as audio_duration_ms,
    (event_type = 'function_call')::int as function_calls,
    case
        when oddity = 'negative latency' then -5
        when has_tokens and u('measured', slot) > 0.06 then 450 * exp(bell('latency', slot))
        else 0
    end as latency_ms,
    case
        when has_tokens then to_json({
            'total_tokens': told.input_tokens + told.output_tokens,
            'input_tokens': told.input_tokens, 'output_tokens': told.output_tokens,
            'input_token_details': {
                'text_tokens': text, 'audio_tokens': audio, 'image_tokens': image,
                'cached_tokens': if(
                    oddity = 'cached above input', 2 * told.input_tokens,
                    cached_text + cached_audio + cached_image
                ),
                'cached_tokens_details': {
                    'text_tokens': cached_text, 'audio_tokens': cached_audio,
                    'image_tokens': cached_image,
                },
            },
            'output_token_details': {'text_tokens': text_out, 'audio_tokens': audio_out},
        })
        when event_type = 'function_call' then '{"name": "look_up_order"}'
        when event_type = 'error' then '{"code": "rate_limit_exceeded"}'
    end as metadata,
from told;
