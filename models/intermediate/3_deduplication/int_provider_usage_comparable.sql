{{ config(materialized='ephemeral') }}

-- Grain: one row for each valid row of usage_events, on the days of this run.
-- Guarantee: only the columns that the rules of this step compare, without nulls in them.
-- Trap: a "window" without an end or without a width is a moment, like a row without a window.

with valid as (

    select
        this_run.*,
        days.is_stale
    from {{ ref('int_provider_usage_this_run') }} as this_run
    inner join {{ ref('int_provider_days_to_recompute') }} as days
        on
            this_run.source_instance = days.source_instance
            and this_run.usage_date_utc = days.recompute_date
    where this_run.quarantine_reasons is null

),

sized as (

    select
        *,
        case
            when window_end > window_start
                then
                    {{ tokenmart.epoch_us(tokenmart.finite('window_end')) }}
                    - {{ tokenmart.epoch_us(tokenmart.finite('window_start')) }}
        end as window_us
    from valid

)

select
    source_instance,
    row_key,
    usage_event_id,
    provider_key_id,
    -- a window that is fetched again may come back in another case
    -- what is counted in another unit is another usage
    case
        when quantity <> 0 then {{ tokenmart.plain_name('model_id') }} || chr(10) || {{ tokenmart.plain_name('quantity_unit') }}
        else {{ tokenmart.plain_name('model_id') }}
    end as model_id,

    -- dimensions: '', blanks and null are the same absence
    coalesce(trim(project_id, ' '), '') as project_id,
    coalesce(trim(openai_user_id, ' '), '') as openai_user_id,
    coalesce(trim(openai_api_key_id, ' '), '') as openai_api_key_id,
    coalesce({{ tokenmart.plain_name('service_tier') }}, '') as service_tier,
    coalesce(is_batch, false) as is_batch,
    is_batch is not null as names_batch,
    coalesce(trim(request_id, ' '), '') as request_id,
    coalesce(trim(end_user_id, ' '), '') as end_user_id,
    coalesce(trim(session_id, ' '), '') as session_id,
    coalesce(trim(team_id, ' '), '') as team_id,
    coalesce(trim(tags, ' '), '') as tags,
    coalesce(end_user_id, session_id, team_id, tags) is not null as names_further,

    -- time
    used_at,
    recorded_at,
    window_start,
    coalesce(window_end, window_start) as window_end,
    window_us,

    -- tokens, other quantities and dollars
    coalesce(input_tokens, 0) as input_tokens,
    coalesce(output_tokens, 0) as output_tokens,
    total_input_tokens,
    total_output_tokens,
    {%- for count in tokenmart.further_counts() %}
    coalesce({{ count }}, 0) as {{ count }},
    {%- endfor %}
    coalesce(quantity, 0) as quantity,
    cast(coalesce(recorded_cost_usd, 0) as {{ dbt.type_numeric() }}) as recorded_cost_usd,

    coalesce(input_tokens, 0) = 0
    and coalesce(output_tokens, 0) = 0
    and coalesce(recorded_cost_usd, 0) = 0
    and coalesce(request_count, 0) = 0
    and coalesce(quantity, 0) = 0
    and greatest(
        cached_input_tokens, uncached_input_tokens,
        input_text_tokens, input_cached_text_tokens,
        input_audio_tokens, input_cached_audio_tokens,
        input_image_tokens, input_cached_image_tokens,
        written_input_tokens, written_5m_input_tokens, written_1h_input_tokens,
        output_text_tokens, output_audio_tokens, output_image_tokens, 0
    ) = 0 as is_empty,

    -- the provider's daily cost line, if finer rows report the same usage
    window_us = 86400000000
    and coalesce(trim(project_id, ' '), '') = ''
    and coalesce(trim(openai_user_id, ' '), '') = ''
    and coalesce(trim(openai_api_key_id, ' '), '') = ''
    and coalesce(trim(service_tier, ' '), '') = ''
    and not coalesce(is_batch, false)
    and coalesce(trim(end_user_id, ' '), '') = ''
    and coalesce(trim(session_id, ' '), '') = ''
    and coalesce(trim(team_id, ' '), '') = ''
    and coalesce(trim(tags, ' '), '') = '' as is_ungrouped_day,

    greatest(total_input_tokens, total_output_tokens, request_count, 0) > 0 or coalesce(quantity, 0) > 0 as reports_usage
from sized
