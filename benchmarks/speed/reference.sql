-- A full build in plain SQL, for comparison: the three facts from the raw tables, by what docs/grains.md,
-- docs/counting.md and docs/quarantine.md say, without a ledger, days or watermarks.
-- A change of those pages is a change here.

create schema reference;

create table reference.fct_provider_usage_daily as
with

valid as (

    select
        id,
        key_id,
        model,
        coalesce(window_start, "timestamp") as used_at,
        "timestamp" as recorded_at,
        case when window_end > window_start then window_start end as starts_at,
        case when window_end > window_start then window_end end as ends_at,
        nullif(project_id, '') as project_id,
        nullif(openai_user_id, '') as openai_user_id,
        nullif(openai_api_key_id, '') as openai_api_key_id,
        nullif(service_tier, '') as service_tier,
        batch,
        num_model_requests,
        coalesce(tokens_in, 0) as tokens_in,
        coalesce(tokens_out, 0) as tokens_out,
        coalesce(input_cached_tokens, 0) as tokens_cached,
        coalesce(cost_estimate, 0) as cost_estimate
    from raw_provider.usage_events
    where
        key_id in (select id from raw_provider.provider_keys)
        and model <> ''
        and coalesce(least(tokens_in, tokens_out, input_cached_tokens, input_uncached_tokens), 0) >= 0
        and coalesce(input_cached_tokens, 0) <= coalesce(tokens_in, 0)
        and coalesce(window_end >= window_start and window_end <= window_start + interval '24 hours', true)
        and coalesce(input_uncached_tokens = 0 or input_cached_tokens + input_uncached_tokens = tokens_in, true)
        -- empty
        and (tokens_in > 0 or tokens_out > 0 or cost_estimate <> 0 or num_model_requests > 0)

),

windows as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by
                    key_id, model, starts_at, ends_at, project_id, openai_user_id, openai_api_key_id, service_tier,
                    coalesce(batch, false)
                order by recorded_at desc, id desc
            ) as repetition
        from valid
        where starts_at is not null
    ) as numbered
    where repetition = 1

),

requests as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by
                    key_id, model, used_at, recorded_at, tokens_in, tokens_out, cost_estimate, project_id, openai_user_id,
                    openai_api_key_id, service_tier, coalesce(batch, false)
                order by id
            ) as repetition
        from valid
        where starts_at is null
    ) as numbered
    where repetition = 1

),

-- the rows of this benchmark have windows of an hour and of a day; the hours tell more than it
coarse as (

    select *
    from windows
    where ends_at - starts_at > interval '1 hour'

),

covered as (

    select distinct coarse.id
    from coarse
    inner join windows as finer
        on
            coarse.key_id = finer.key_id
            and coarse.model = finer.model
            and cast(coarse.starts_at as date) = cast(finer.starts_at as date)
    where
        finer.starts_at < coarse.ends_at
        and coarse.starts_at < finer.ends_at
        and (
            finer.ends_at - finer.starts_at < coarse.ends_at - coarse.starts_at
            and coalesce(coarse.project_id = finer.project_id, true)
            and coalesce(coarse.openai_user_id = finer.openai_user_id, true)
            and coalesce(coarse.openai_api_key_id = finer.openai_api_key_id, true)
            and coalesce(coarse.service_tier = finer.service_tier, true)
            and coalesce(coarse.batch = finer.batch, true)
        )

),

counted_windows as (

    select *
    from windows
    where id not in (select id from covered)

),

enclosed as (

    select distinct requests.id
    from requests
    inner join counted_windows
        on
            requests.key_id = counted_windows.key_id
            and requests.model = counted_windows.model
            and cast(requests.used_at as date) = cast(counted_windows.starts_at as date)
    where requests.used_at >= counted_windows.starts_at and requests.used_at < counted_windows.ends_at

),

counted as (

    select * from counted_windows
    union all
    select *
    from requests
    where id not in (select id from enclosed)

),

banded as (

    select
        counted.*,
        case
            when steps.above is null or tokens_in <= steps.above then 'base'
            when coalesce(nullif(num_model_requests, 0), case when starts_at is null then 1 end, 2) > 1 then 'bucket'
            else steps.band
        end as context_band
    from counted
    -- the only model of the rows that has a step of its price
    left join (select 'gpt-5-4' as model, 272000 as above, 'over_272k' as band) as steps on counted.model = steps.model

)

select
    'main' as source_instance,
    cast(used_at as date) as usage_date,
    cast(used_at as date) as usage_date_utc,
    key_id as provider_key_id,
    model as model_id,
    project_id,
    openai_user_id,
    openai_api_key_id,
    service_tier,
    coalesce(batch, false) as is_batch,
    context_band,
    count(*) as record_count,
    sum(case when ends_at > starts_at + interval '1 hour' then 1 else 0 end) as utc_day_record_count,
    coalesce(sum(num_model_requests), 0) as request_count,
    sum(tokens_in) as input_tokens,
    sum(tokens_cached) as cached_input_tokens,
    sum(tokens_out) as output_tokens,
    sum(tokens_in + tokens_out) as total_tokens,
    cast(sum(cost_estimate) as numeric(28, 6)) as recorded_cost_usd
from banded
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11;

create table reference.fct_agent_usage_daily as
with

valid as (

    select
        *,
        case
            when cast(period_end + interval '1 second' as date) > cast(period_end as date)
                then cast(cast(period_end as date) + interval '1 day' as timestamp)
            else period_end
        end as ends_at
    from raw_agents.usage_records
    where
        org_id in (select id from raw_agents.organizations)
        and quantity >= 0
        and period_end >= period_start
        and period_end <= period_start + interval '400 days'
        and token_source in ('company', 'personal')
        and (quantity > 0 or cost_usd <> 0 or resource_type = 'storage_mb')

),

timed as (

    select
        *,
        cast(extract(epoch from period_start) as bigint) as start_s,
        cast(extract(epoch from ends_at) as bigint) as end_s,
        cast(floor(cost_usd * 10000) as bigint) as units,
        case
            when resource_type = 'llm_tokens'
                and cast(metadata ->> 'input_tokens' as bigint) + cast(metadata ->> 'output_tokens' as bigint) = quantity
                then cast(metadata ->> 'input_tokens' as bigint)
        end as input
    from valid

),

offsets as (

    select
        spans.span,
        days.day_offset
    from generate_series(0, 400) as spans (span)
    inner join generate_series(0, 400) as days (day_offset) on days.day_offset <= spans.span

),

days as (

    select
        timed.*,
        offsets.day_offset,
        cast(cast(timed.period_start as date) + offsets.day_offset * interval '1 day' as date) as usage_date,
        timed.end_s - timed.start_s as total_s
    from timed
    inner join offsets
        on offsets.span = cast(timed.ends_at - interval '1 second' as date) - cast(timed.period_start as date)

),

elapsed as (

    select
        *,
        greatest(cast(extract(epoch from usage_date) as bigint) - start_s, 0) as before_s,
        least(cast(extract(epoch from usage_date) as bigint) + 86400, end_s) - start_s as after_s
    from days

),

shares as (

    select
        *,
        div(quantity * before_s, total_s) as quantity_before,
        div(quantity * after_s, total_s) as quantity_after,
        div(units * after_s, total_s) - div(units * before_s, total_s) as day_units,
        case
            when resource_type = 'storage_mb' then row_number() over (
                partition by usage_date, org_id, employee_id, agent_config_id, resource_type, metadata ->> 'model', token_source
                order by ends_at desc, created_at desc, id desc
            )
        end as level_rank
    from elapsed

),

parts as (

    select
        *,
        quantity_after - quantity_before as day_quantity,
        case
            when quantity = 0 then input
            else div(input * quantity_after, quantity) - div(input * quantity_before, quantity)
        end as day_input
    from shares

)

select
    'main' as source_instance,
    usage_date,
    cast(org_id as text) as org_id,
    cast(employee_id as text) as employee_id,
    cast(agent_config_id as text) as agent_config_id,
    resource_type,
    metadata ->> 'model' as model_id,
    token_source,
    sum(case when day_offset = 0 then 1 else 0 end) as record_count,
    sum(case when level_rank is null then day_quantity when level_rank = 1 then quantity else 0 end) as quantity,
    sum(coalesce(day_input, 0)) as input_tokens,
    sum(case when day_input is null then 0 else day_quantity - day_input end) as output_tokens,
    sum(case when day_input is null and resource_type = 'llm_tokens' then day_quantity else 0 end) as unsplit_tokens,
    cast(sum(day_units) * 0.0001 as numeric(28, 6)) as recorded_cost_usd
from parts
group by 1, 2, 3, 4, 5, 6, 7, 8;

create table reference.fct_voice_usage_daily as
with

valid as (

    select *
    from raw_voice.voice_usage_metrics
    where
        coalesce(least(input_tokens, output_tokens, audio_duration_ms, function_calls, latency_ms), 0) >= 0
        and coalesce(cast(metadata -> 'input_token_details' ->> 'cached_tokens' as bigint) <= input_tokens, true)
        -- empty
        and (
            event_type <> 'response_complete'
            or coalesce(input_tokens, 0) + coalesce(output_tokens, 0) + coalesce(audio_duration_ms, 0)
            + coalesce(function_calls, 0) + coalesce(latency_ms, 0) > 0
        )

),

followed as (

    select
        *,
        lag("timestamp") over (
            partition by conversation_id, event_type, input_tokens, output_tokens, metadata
            order by "timestamp", id
        ) as filed_before
    from valid

),

counted as (

    select *
    from followed
    where event_type <> 'response_complete' or coalesce("timestamp" > filed_before + interval '5 seconds', true)

)

select
    'main' as source_instance,
    cast(counted."timestamp" at time zone 'UTC' as date) as usage_date,
    cast(counted."timestamp" at time zone 'UTC' as date) as usage_date_utc,
    conversations.user_id,
    cast(counted.conversation_id as text) as conversation_id,
    coalesce(conversations.metadata ->> 'model', 'gpt-realtime') as model_id,
    count(*) as record_count,
    sum(case when event_type = 'response_complete' then 1 else 0 end) as response_count,
    sum(case when event_type = 'error' then 1 else 0 end) as error_count,
    coalesce(sum(counted.function_calls), 0) as function_call_count,
    coalesce(sum(counted.audio_duration_ms), 0) as audio_duration_ms,
    coalesce(sum(counted.input_tokens), 0) as input_tokens,
    coalesce(sum(counted.output_tokens), 0) as output_tokens,
    coalesce(sum(counted.input_tokens), 0) + coalesce(sum(counted.output_tokens), 0) as total_tokens
from counted
left join raw_voice.voice_conversations as conversations on counted.conversation_id = conversations.id
group by 1, 2, 3, 4, 5, 6;
