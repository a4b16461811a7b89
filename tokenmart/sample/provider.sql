-- The usage collector: what each registered key's usage API reported, in all its ways.

create table provider_keys as
select
    id,
    'user_' || whole(1, 40, 'owner', id) as user_id,
    if(id % 5 = 0, 'anthropic', 'openai') as provider,
    if(id % 6 = 1, 'standard', 'admin') as usage_mode,
    first_day() - whole(5, 200, 'age', id)::int + working_time('created', id) as created_at,
from range(1, 11 + getvariable('rows_per_day') // 40) as keys (id);

-- A stream is one application's use of one model through one key, a group of the usage API. It
-- makes about 4.8 rows a day.
create macro n_streams() as greatest(1, getvariable('rows_per_day') * 10 // 48);

create macro id_of(ids, known) as case ids when 'known' then known when 'blank' then '' end;

create table streams as
with

keys as (
    select
        id as key_id, provider,
        count(*) over (partition by provider) as n_keys,
        row_number() over (partition by provider order by id) as rank,
        case rank % 6 when 3 then 'day' when 5 then 'minute' else 'hour' end as width,
        rank % 3 = 1 as is_late_to_windows,
        rank % 4 = 2 as has_cost_lines,
    from provider_keys
),

drawn as (
    select
        stream,
        models.* exclude (rank),
        keys.* exclude (provider, rank, n_keys),
        case
            when stream % 30 = 16 then 'blank'
            when stream % 12 = 5 or (width = 'day' and stream % 2 = 1) then 'none'
            else 'known'
        end as ids,
    from range(1, n_streams() + 1) as streams (stream)
    inner join models
        on models.rank = walk((select count(*) from models), 'model', stream)
    inner join keys
        on models.provider = keys.provider and keys.rank = walk(keys.n_keys, 'key', stream)
)

select
    *,
    replace(name, '.', '-') as model,
    id_of(ids, 'proj_' || left(code('project', key_id * 10 + stream % 3), 24)) as project_id,
    id_of(ids, 'user-' || left(code('user', zipf(40, 'user', stream)), 24)) as openai_user_id,
    id_of(ids, 'key_' || left(code('api key', stream), 16)) as openai_api_key_id,
    exp(2 * bell('weight', stream)) * if(width = 'day', 8, 1) as weight,
    case kind when 'text' then 1800 when 'image' then 250 else 800 end as request_size,
    case kind when 'text' then 0.2 when 'realtime' then 0.4 when 'image' then 8 else 0 end
        as output_ratio,
    (kind in ('text', 'realtime'))::int as has_cache,
from drawn
-- The source's unique index holds: without ids, a key has one stream a model.
qualify row_number() over (
    partition by key_id, model, coalesce(openai_api_key_id, '') order by stream
) = 1;

-- What was truly used, by stream and hour; the source's rows and the bills tell of it.
create table measures as
with

active as (
    select
        streams.*, day_no, pace,
        (day_no * 24 + hour) * n_streams() + stream as slot,
        day + to_hours(hour) + to_minutes(if(width = 'minute', whole(0, 59, 'minute', slot), 0))
            as window_start,
        0.06 + 0.52 * exp(-pow((hour - 13.5) / 4.5, 2)) as hourly_pace,
    from calendar
    cross join range(24) as hours (hour)
    cross join streams
    where u('active', slot) < pace * if(ids = 'blank', 0.2, 1)
        * if(width = 'day', (hour = 0)::int, hourly_pace)
)

select
    stream, slot, day_no, window_start,
    if(ids = 'blank', 0, ceil(-ln(1 - u('requests', slot)) * 8 * weight * pace)::int) as requests,
    floor(requests * request_size * exp(bell('input', slot)))::int as input,
    floor(input * output_ratio * exp(bell('output', slot)))::int as output,
    -- Caching starts with long prompts: three rows in ten have none.
    floor(input * greatest(0, 1.2 * u('cached', slot) - 0.36) * has_cache)::int as cached,
from active;

create macro drawn_tier(slot) as one_of(
    ['flex', 'priority', 'batch', 'incentivized-tier', null]
    || ['default', 'default', 'default', 'default', 'default', 'default'], 'tier', slot
);

create view consumption as
select
    measures.*,
    streams.* exclude (stream),
    window_start::date as day,
    input - cached as uncached,
    if(kind = 'realtime', uncached * 6 // 10, 0) as audio,
    if(kind = 'realtime', cached * 6 // 10, 0) as cached_audio,
    if(kind = 'realtime', output * 7 // 10, 0) as output_audio,
    if(kind = 'image', uncached // 2, 0) as image,
    if(kind = 'image', output, 0) as output_image,
    -- A third of the keys filed single requests, without windows, until the usage API came.
    is_late_to_windows and day_no * 4 < getvariable('days') as is_windowless,
    -- A request is processed in a way that its model has.
    case
        when is_windowless or ids = 'none' then null
        when drawn_tier(slot) = 'incentivized-tier' or tiers.name is not null then drawn_tier(slot)
        when drawn_tier(slot) is not null then 'default'
    end as service_tier,
from measures
inner join streams using (stream)
left join tiers on streams.name = tiers.name and drawn_tier(slot) = tiers.service_tier;

-- The application's estimate knows no caching, and takes models it does not know for an old one.
create macro estimate(model, tokens_in, tokens_out, price_in, price_out) as
    least(9999, if(
        model like 'gpt-4%' or model like 'claude%',
        dollars(tokens_in, price_in) + dollars(tokens_out, price_out),
        dollars(tokens_in, 30) + dollars(tokens_out, 60)
    ));

-- A column that a revision of the API fills truly, fills with zeros, or leaves null.
create macro filled(style, tokens) as case style when 'given' then tokens when 'zero' then 0 end;

create view usage_events as
with

-- One window a day arrives damaged, each day of seven in another way.
damaged as (
    select
        arg_min(slot, u('damaged', slot)) as slot,
        [
            'unknown key', 'negative tokens', 'cached above input', 'split above input',
            'backward window', 'window of nine days', 'far future',
        ][1 + day_no % 7] as damage,
    from consumption
    where not is_windowless and ids <> 'blank'
    group by day_no
),

styled as (
    select
        consumption.*,
        damage,
        case
            when damage is not null then null
            -- Hardly ever is it hidden how much was cached, which no price can then tell.
            when cached > 0 and u('hidden', slot) > 0.02 then 'given'
            else one_of(['given', 'given', 'given', 'zero', null], 'split', slot)
        end as split,
        case
            when damage is not null then null
            when kind in ('realtime', 'image') then 'given'
            else one_of(['given', 'zero', 'zero', null, null, null, null], 'parts', slot)
        end as parts,
        -- A: parts are uncached. B: audio includes its cached twin. C: so it does, and tokens_in is
        -- text alone.
        case
            when cached_audio > 0 and u('old', slot) < 0.1 then one_of(['parts_include_cached', 'text_only_total'], 'which', slot)
            else 'parts_exclude_cached'
        end as convention,
    from consumption
    left join damaged using (slot)
    where not is_windowless
),

windows as (
    select
        'window' as origin, slot, damage, key_id, model,
        input - if(convention = 'text_only_total', audio + cached_audio, 0) as tokens_in,
        output as tokens_out,
        estimate(model, tokens_in, output, price_in, price_out) as cost_estimate,
        window_start,
        window_start + case width
            when 'day' then to_days(1) when 'hour' then to_hours(1) else to_minutes(1)
        end as window_end,
        project_id, openai_user_id, openai_api_key_id,
        service_tier,
        service_tier = 'batch' as batch,
        requests as num_model_requests,
        filled(split, cached - if(convention = 'text_only_total', cached_audio, 0)) as input_cached_tokens,
        -- Claude models say what they wrote to a cache; one application in three keeps it for an hour.
        if(split = 'given' and model like 'claude%', uncached // 5, null) as written,
        if(stream % 3 = 0, written // 2, 0) as input_cache_write_1h_tokens,
        written - input_cache_write_1h_tokens as input_cache_write_5m_tokens,
        written as input_cache_write_tokens,
        filled(split, tokens_in - input_cached_tokens - coalesce(written, 0))
            as input_uncached_tokens,
        filled(parts, uncached - audio - image) as input_text_tokens,
        filled(parts, output - output_audio - output_image) as output_text_tokens,
        filled(parts, cached - cached_audio) as input_cached_text_tokens,
        filled(parts, audio + if(convention = 'parts_exclude_cached', 0, cached_audio)) as input_audio_tokens,
        filled(parts, cached_audio) as input_cached_audio_tokens,
        filled(parts, output_audio) as output_audio_tokens,
        filled(parts, image) as input_image_tokens,
        filled(parts, 0) as input_cached_image_tokens,
        filled(parts, output_image) as output_image_tokens,
        -- only exports of gateways and agents say these
        null as request_id, null as end_user_id, null as session_id, null as team_id,
        null as tags, null as quantity, null as quantity_unit, null as reported_by,
    from styled
),

reported as (
    select * replace (
        if(damage = 'unknown key', 9000 + key_id, key_id) as key_id,
        if(damage = 'negative tokens', -tokens_in, tokens_in) as tokens_in,
        case damage
            when 'cached above input' then 2 * tokens_in
            when 'split above input' then tokens_in // 2
            else input_cached_tokens
        end as input_cached_tokens,
        if(damage = 'split above input', tokens_in - 1, input_uncached_tokens) as input_uncached_tokens,
        if(damage = 'far future', in_2099(window_start), window_start) as window_start,
        case damage
            when 'backward window' then window_start - to_hours(1)
            when 'window of nine days' then window_start + to_days(9)
            when 'far future' then in_2099(window_end)
            else window_end
        end as window_end
    )
    from windows
),

-- Requests without a window: older ones, some written twice, and for a while after the usage API
-- came, some inside a window that it reports too.
requested as (
    select
        origin, slot, key_id, model,
        if(origin = 'request in window', input // requests, input) as tokens_in,
        if(origin = 'request in window', output // requests, output) as tokens_out,
        estimate(model, tokens_in, tokens_out, price_in, price_out) as cost_estimate,
        window_start + to_seconds(whole(0, 59, 'second', slot)) as timestamp,
    from consumption
    cross join unnest(['request', 'request again', 'request in window']) as origins (origin)
    where is_late_to_windows and ids <> 'blank' and case origin
        when 'request' then is_windowless
        when 'request again' then is_windowless and u('again', slot) < 0.05
        else not is_windowless and day_no * 2 < getvariable('days') and u('beside', slot) < 0.1
    end
),

-- The day's dollars as the provider's cost page has them, filed with the usage a second time.
cost_lines as (
    select
        'cost line' as origin, min(slot) as slot, key_id, model,
        sum(input) as tokens_in, sum(output) as tokens_out,
        least(9999, sum(
            dollars(uncached, price_in) + dollars(cached, price_cached) + dollars(output, price_out)
        )) as cost_estimate,
        day::timestamp as window_start, (day + 1)::timestamp as window_end,
    from consumption
    where has_cost_lines and not is_windowless and ids <> 'blank'
    group by key_id, model, day
),

filed as (
    select *, window_start as timestamp from reported
    union all by name
    select * from requested
    union all by name
    select *, window_start as timestamp from cost_lines
)

select
    *,
    slot * 5 + list_position(
        ['cost line', 'window', 'request', 'request again', 'request in window'], origin
    ) as id,
from filed;
