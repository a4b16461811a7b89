-- Usage events of the days from $first_day to $last_day, in the order in which they arrive.
-- A stream is one application's use of one model through one key. It has a window of an hour for
-- each of 20 hours a day; a tenth of the streams files single requests instead. A third of the
-- windows, and all of audio models, tell their tokens by modality. Beside these stand the ways in
-- which a source says a usage twice, each in a small share. Ids follow no order.

insert into raw_provider.usage_events (
    id, key_id, model, tokens_in, tokens_out, cost_estimate, timestamp, window_start, window_end,
    project_id, openai_user_id, openai_api_key_id, service_tier, batch, num_model_requests,
    input_cached_tokens, input_uncached_tokens, input_text_tokens, output_text_tokens, input_cached_text_tokens,
    input_audio_tokens, input_cached_audio_tokens, output_audio_tokens, input_image_tokens, input_cached_image_tokens,
    output_image_tokens
)
with

slots as (

    select
        day_no,
        stream,
        hour,
        cast($first_id as bigint) + ((day_no - $first_day) * $streams + stream) * 20 + hour - 4 as slot
    from generate_series($first_day, $last_day) as days (day_no)
    cross join generate_series(0, $streams - 1) as streams (stream)
    cross join generate_series(4, 23) as hours (hour)

),

drawn as (

    select
        *,
        slot * 811290697 % 2147483647 as chance,
        timestamp '2024-01-01' + day_no * interval '1 day' as day_start
    from slots

),

used as (

    select
        *,
        1 + stream % 40 as key_id,
        (array[
            'gpt-4-1', 'gpt-4-1-mini', 'gpt-4o', 'gpt-4o-mini', 'o3', 'o4-mini', 'gpt-5', 'gpt-5-mini',
            'gpt-5-4', 'gpt-4o-audio-preview', 'text-embedding-3-small', 'gpt-5-nano'
        ])[cast(1 + stream % 12 as int)] as model,
        day_start + hour * interval '1 hour' as window_start,
        stream % 10 = 9 as is_windowless,
        concat('proj_', stream % 30) as project_id,
        concat('user-', stream % 200) as user_id,
        concat('key_', stream) as api_key_id,
        -- rows of zeros come with real exports
        case when chance % 500 = 250 then 0 else 500 + chance % 20000 end as input,
        case when chance % 500 = 250 then 0 else 20 + (chance >> 5) % 2000 end as output,
        case when chance % 500 = 250 then 0 else 1 + (chance >> 7) % 50 end as requests
    from drawn

),

split as (

    select
        *,
        (input * ((chance >> 9) % 100)) >> 7 as cached,
        cast(input * 0.0000025 + output * 0.00001 as numeric(10, 6)) as estimate
    from used

),

filed as (

    -- windows; one in two thousand is damaged
    select
        slot * 8 as place, key_id, model,
        case when chance % 2000 = 777 then -input else input end as tokens_in,
        output as tokens_out, estimate,
        window_start + interval '1 hour' as filed_at,
        window_start, window_start + interval '1 hour' as window_end,
        project_id, user_id, api_key_id,
        case when stream % 7 = 3 then 'flex' else 'default' end as tier,
        false as is_batch, requests, cached, input - cached as uncached
    from split
    where not is_windowless

    union all

    -- fetched again, as another row
    select
        slot * 8 + 1, key_id, model, input + 10, output + 1, estimate,
        window_start + interval '2 hours', window_start, window_start + interval '1 hour',
        project_id, user_id, api_key_id,
        case when stream % 7 = 3 then 'flex' else 'default' end,
        false, requests, cached, input + 10 - cached
    from split
    where not is_windowless and chance % 1000 < 5 and input > 0

    union all

    -- single requests, one in a hundred twice
    select
        slot * 8 + 2 + copy, key_id, model, input, output, estimate,
        window_start + chance % 3600 * interval '1 second', null, null,
        null, null, null, null, null, null, null, null
    from split
    cross join generate_series(0, 1) as copies (copy)
    where is_windowless and (copy = 0 or chance % 100 = 0)

    union all

    -- a request within a window
    select
        slot * 8 + 4, key_id, model, input, output, estimate,
        window_start + chance % 3600 * interval '1 second', null, null,
        null, null, null, null, null, null, null, null
    from split
    where not is_windowless and chance % 1000 between 5 and 14

    union all

    -- the day's cost, filed among the usage
    select
        slot * 8 + 5, key_id, model, input, output, estimate,
        day_start + interval '1 day', day_start, day_start + interval '1 day',
        null, null, null, null, null, null, null, null
    from split
    where hour = 4 and stream < 120 and stream % 10 = 0

    union all

    -- a day over its hours
    select
        slot * 8 + 6, key_id, model, input, output, estimate,
        day_start + interval '1 day', day_start, day_start + interval '1 day',
        project_id, user_id, api_key_id, null, null, requests, null, null
    from split
    where hour = 4 and stream % 100 = 51

),

-- text and audio without what is cached, and their cached twins
told as (

    select
        *,
        case when model like '%-audio-%' then uncached >> 1 else 0 end as audio,
        case when model like '%-audio-%' then cached >> 2 else 0 end as cached_audio,
        case when model like '%-audio-%' then tokens_out - (tokens_out >> 3) else 0 end as audio_out,
        uncached is not null and (model like '%-audio-%' or model like 'gpt-5%') as is_told
    from filed

)

select
    -- one to one, as the modulus is a prime
    (place + 1) * 811290697 % 2147483647 as id,
    key_id, model, tokens_in, tokens_out, estimate, filed_at, window_start, window_end,
    project_id, user_id, api_key_id, tier, is_batch, requests, cached, uncached,
    case when is_told then uncached - audio end,
    case when is_told then tokens_out - audio_out end,
    case when is_told then cached - cached_audio end,
    case when is_told then audio end,
    case when is_told then cached_audio end,
    case when is_told then audio_out end,
    case when is_told then 0 end,
    case when is_told then 0 end,
    case when is_told then 0 end
from told
order by place;
