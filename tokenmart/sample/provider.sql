-- The usage collector: what each registered key's usage API reported, with all its habits.

create table provider_keys as
select
    id,
    'user_' || whole(1, 40, 'key owner', id) as user_id,
    if(id % 5 = 0, 'anthropic', 'openai') as provider,
    'enc_' || code('encrypted key', id) as encrypted_key,
    left(code('iv', id), 24) as iv,
    code('auth tag', id) as auth_tag,
    if(id % 6 = 1, 'standard', 'admin') as usage_mode,
    'enc_' || code('encrypted metadata', id) as encrypted_metadata,
    left(code('metadata iv', id), 24) as metadata_iv,
    code('metadata auth tag', id) as metadata_auth_tag,
    (select min(day) from calendar) - whole(5, 200, 'key age', id)::int
    + working_time('key created', id) as created_at,
from range(1, 11 + getvariable('rows_per_day') // 40) as keys (id);

-- A stream is one application's use of one model through one key: the usage API's groups.
create table streams as
with

keys as (
    select
        *,
        row_number() over (partition by provider order by id) as rank,
        count(*) over (partition by provider) as n_keys,
    from provider_keys
),

drawn as (
    select
        stream,
        models.*,
    from range(1, greatest(2, getvariable('rows_per_day') * 10 // 56)) as streams (stream)
    inner join models
        on models.rank = walk((select count(*) from models), 'model', stream)
),

placed as (
    select
        drawn.* exclude (rank),
        keys.id as key_id,
        case keys.rank % 6 when 3 then 'day' when 5 then 'minute' else 'hour' end as width,
        keys.rank % 3 = 1 as is_late_to_windows,
        keys.rank % 4 = 2 as has_cost_lines,
        case
            when stream % 30 = 16 then 'blank'
            when stream % 12 = 5 or (width = 'day' and stream % 2 = 1) then 'ungrouped'
            else 'grouped'
        end as grouping,
    from drawn
    inner join keys
        on drawn.provider = keys.provider
        and walk(keys.n_keys, 'key', stream) = keys.rank
)

select
    *,
    replace(name, '.', '-') as model,
    exp(2 * bell('weight', stream)) * if(width = 'day', 8, 1) as weight,
    case grouping
        when 'grouped' then 'proj_' || left(code('project', key_id * 10 + stream % 3), 24)
        when 'blank' then ''
    end as project_id,
    case grouping
        when 'grouped' then 'user-' || left(code('user', zipf(40, 'user', stream)), 24)
        when 'blank' then ''
    end as openai_user_id,
    case grouping
        when 'grouped' then 'key_' || left(code('api key', stream), 16)
        when 'blank' then ''
    end as openai_api_key_id,
from placed
-- The source's unique index: without ids, a key has one stream a model.
qualify row_number() over (
    partition by key_id, model, coalesce(openai_api_key_id, '') order by stream
) = 1;

-- What was truly used, by stream and hour; all the tables below tell of it in their own ways.
create table consumption as
with

active as (
    select
        streams.*,
        day_no,
        day,
        hour,
        pace,
        (day_no * 24 + hour) * 1000000 + stream as slot,
        grouping = 'blank' as is_blank,
        case kind when 'text' then 1800 when 'image' then 250 else 800 end as request_size,
        case kind when 'text' then 0.2 when 'image' then 8 when 'realtime' then 0.4 else 0 end
            as output_ratio,
    from calendar
    cross join range(24) as hours (hour)
    cross join streams
    where u('active', slot)
        < if(width = 'day', (hour = 0)::int, hourly_pace(hour)) * pace * if(is_blank, 0.2, 1)
),

sized as (
    select
        *,
        if(is_blank, 0, ceil(-ln(1 - u('requests', slot)) * 8 * weight * pace)::bigint)
            as requests,
        floor(requests * request_size * exp(bell('input', slot)))::bigint as input,
        floor(input * output_ratio * exp(bell('output', slot)))::bigint as output,
        -- Caching starts with long prompts: three rows in ten have none.
        if(kind in ('text', 'realtime'), greatest(0, 1.2 * u('cached', slot) - 0.36), 0)
            as cached_share,
        floor(input * cached_share)::bigint as cached,
        input - cached as uncached,
    from active
)

select
    *,
    if(kind = 'realtime', uncached * 6 // 10, 0) as audio,
    if(kind = 'realtime', cached * 6 // 10, 0) as cached_audio,
    if(kind = 'image', uncached // 2, 0) as image,
    if(kind = 'realtime', output * 7 // 10, 0) as output_audio,
    if(kind = 'image', output, 0) as output_image,
    if(is_known, price_in, 30.0) as estimate_in,
    if(is_known, price_out, 60.0) as estimate_out,
    -- A third of the keys reported single requests, without windows, until the usage API came.
    is_late_to_windows and day_no * 4 < getvariable('days') as is_windowless,
    day + to_hours(hour) + to_minutes(if(width = 'minute', whole(0, 59, 'minute', slot), 0))
        as window_start,
    window_start
    + case width when 'day' then to_days(1) when 'hour' then to_hours(1) else to_minutes(1) end
        as window_end,
from sized;

create macro estimate(tokens_in, tokens_out, price_in, price_out) as
    least(dollars(tokens_in, price_in) + dollars(tokens_out, price_out), 9999.999999);

-- A column that a revision of the API leaves null, or fills with zeros, or truly fills.
create macro filled(style, tokens) as
    case style when 'given' then tokens when 'zero' then 0 end;

create table usage_events as
with

-- One window a day arrives damaged, each day of seven in another way.
damaged as (
    select
        arg_min(slot, u('damaged', slot)) as slot,
        [
            'key is not known', 'tokens below zero', 'cached above input', 'split does not add up',
            'window ends before it starts', 'window of nine days', 'in the far future',
        ][1 + day_no % 7] as damage,
    from consumption
    where not is_windowless and not is_blank
    group by day_no
),

told as (
    select
        consumption.*,
        damage,
        case
            when damage is not null then 'null'
            else one_of(['given', 'given', 'given', 'null', 'zero'], 'split', slot)
        end as split,
        case
            when damage is not null then 'null'
            when kind in ('realtime', 'image') then 'given'
            else one_of(['given', 'zero', 'zero', 'null', 'null', 'null', 'null'], 'parts', slot)
        end as parts,
        -- A: parts are uncached. B: audio includes its cached twin. C: tokens_in is text alone.
        case
            when cached_audio = 0 or u('convention', slot) < 0.93 then 'A'
            else one_of(['B', 'C'], 'old convention', slot)
        end as convention,
    from consumption
    left join damaged using (slot)
    where not is_windowless
),

windowed as (
    select
        slot,
        damage,
        key_id,
        model,
        input - if(convention = 'C', audio + cached_audio, 0) as tokens_in,
        output as tokens_out,
        estimate(tokens_in, tokens_out, estimate_in, estimate_out) as cost_estimate,
        window_start as timestamp,
        window_start,
        window_end,
        project_id,
        openai_user_id,
        openai_api_key_id,
        if(
            grouping <> 'ungrouped',
            one_of(
                [
                    'default', 'default', 'default', 'default', 'default', 'default', 'default',
                    'flex', 'priority', 'batch', 'incentivized-tier', null,
                ],
                'tier', slot
            ),
            null
        ) as service_tier,
        service_tier = 'batch' as batch,
        requests as num_model_requests,
        filled(split, cached - if(convention = 'C', cached_audio, 0)) as input_cached_tokens,
        filled(split, tokens_in - input_cached_tokens) as input_uncached_tokens,
        filled(parts, uncached - audio - image) as input_text_tokens,
        filled(parts, output - output_audio - output_image) as output_text_tokens,
        filled(parts, cached - cached_audio) as input_cached_text_tokens,
        filled(parts, audio + if(convention = 'B', cached_audio, 0)) as input_audio_tokens,
        filled(parts, cached_audio) as input_cached_audio_tokens,
        filled(parts, output_audio) as output_audio_tokens,
        filled(parts, image) as input_image_tokens,
        filled(parts, 0) as input_cached_image_tokens,
        filled(parts, output_image) as output_image_tokens,
    from told
),

reported as (
    select
        'reported' as origin,
        * replace (
            if(damage = 'key is not known', 9000 + key_id, key_id) as key_id,
            if(damage = 'tokens below zero', -tokens_in, tokens_in) as tokens_in,
            case damage
                when 'cached above input' then 2 * tokens_in
                when 'split does not add up' then tokens_in // 2
                else input_cached_tokens
            end as input_cached_tokens,
            if(damage = 'split does not add up', tokens_in, input_uncached_tokens)
                as input_uncached_tokens,
            if(damage = 'in the far future', in_2099(timestamp), timestamp) as timestamp,
            if(damage = 'in the far future', in_2099(window_start), window_start) as window_start,
            case damage
                when 'window ends before it starts' then window_start - to_hours(1)
                when 'window of nine days' then window_start + to_days(9)
                when 'in the far future' then in_2099(window_end)
                else window_end
            end as window_end
        ),
    from windowed
),

windowless as (
    select
        'windowless' as origin,
        slot,
        key_id,
        model,
        input as tokens_in,
        output as tokens_out,
        estimate(tokens_in, tokens_out, estimate_in, estimate_out) as cost_estimate,
        window_start + to_seconds(whole(0, 59, 'second', slot)) as timestamp,
    from consumption
    where is_windowless and not is_blank
),

repeated as (
    select * replace ('repeated' as origin)
    from windowless
    where u('repeated', slot) < 0.05
),

-- For a while after the usage API came, requests went on being filed beside its windows.
overlapping as (
    select
        'overlapping' as origin,
        slot,
        key_id,
        model,
        input // requests as tokens_in,
        output // requests as tokens_out,
        estimate(tokens_in, tokens_out, estimate_in, estimate_out) as cost_estimate,
        window_start + to_seconds(whole(0, 59, 'second', slot)) as timestamp,
    from consumption
    where is_late_to_windows and not is_windowless and not is_blank
        and day_no * 2 < getvariable('days')
        and u('overlapping', slot) < 0.1
),

-- The day's dollars as the provider's cost page has them, filed with the usage a second time.
cost_lines as (
    select
        'cost line' as origin,
        min(slot) as slot,
        key_id,
        model,
        sum(input)::bigint as tokens_in,
        sum(output)::bigint as tokens_out,
        sum(
            dollars(uncached, price_in) + dollars(cached, price_cached) + dollars(output, price_out)
        ) as cost_estimate,
        day::timestamp as timestamp,
        timestamp as window_start,
        timestamp + to_days(1) as window_end,
    from consumption
    where has_cost_lines and not is_windowless and not is_blank
    group by key_id, model, day
),

filed as (
    select * from reported
    union all by name
    select * from windowless
    union all by name
    select * from repeated
    union all by name
    select * from overlapping
    union all by name
    select * from cost_lines
)

select
    row_number() over (order by timestamp, origin, slot) as id,
    *,
from filed;
