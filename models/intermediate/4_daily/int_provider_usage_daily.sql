{{ tokenmart.recomputes_days(
    'int_provider_days_to_recompute', day='usage_date_utc', after=['excluded_usage_events', 'quarantine_usage_events'],
) }}

-- Grain: usage_date × usage_date_utc × provider_key_id × model_id × project_id × openai_user_id
--        × openai_api_key_id × service_tier × is_batch × context_band × quantity_unit × the dimensions that the variable
--        usage_dimensions names (of end_user_id, session_id, team_id, tags; the others are null), per source_instance.
-- Guarantee: every counted row is in exactly one day; sums equal those of the counted rows, and the classes
-- add up to input_tokens and output_tokens.
-- Trap: a day window belongs to the provider's UTC day and cannot be re-cut to another time zone.
-- It stays on its UTC day and is counted in utc_day_record_count.
-- Trap: a row of many requests says how long each was only where it was grouped by context window, as Anthropic's reports are.

{%- set dimensions = tokenmart.usage_dimensions().values() | list %}
{%- set all_dimensions = tokenmart.usage_dimensions(enabled=false).values() | list %}
{#- the columns by place: nulls that are the same in all rows are not grouped by #}
{%- set grain = range(1, 13) | list %}
{%- for column in dimensions %}
{%- do grain.append(13 + all_dimensions.index(column)) %}
{%- endfor %}

with usages as (

    select
        *,
        case
            when tags like '%context_window%' then {{ tokenmart.json_text('tags', ['context_window']) }}
        end as context_window
    from {{ ref('int_provider_usage_counted') }}
    where is_stale

),

counted as (

    select
        *,
        case when context_window in ('200k-1M', '> 200k') and total_input_tokens > 0 then 200000 end as all_above_tokens,
        case when context_window in ('0-200k', '≤ 200k') then 200000 end as all_up_to_tokens
    from usages

),

models as (

    select distinct model_id
    from counted

),

steps as (

    select
        models.model_id,
        context_steps.above_input_tokens,
        context_steps.context_band
    from models
    inner join {{ ref('context_steps') }} as context_steps
        on {{ tokenmart.undated_model('models.model_id') }} = {{ tokenmart.undated_model('context_steps.model_id') }}

),

prepared as (

    select
        counted.source_instance,
        counted.used_at,
        counted.provider_key_id,
        counted.model_id,
        -- '' and null are the same absence; two grain rows for it would be one too many
        nullif(counted.project_id, '') as project_id,
        nullif(counted.openai_user_id, '') as openai_user_id,
        nullif(counted.openai_api_key_id, '') as openai_api_key_id,
        nullif(counted.service_tier, '') as service_tier,
        coalesce(counted.is_batch, false) as is_batch,
        case
            when counted.all_above_tokens >= steps.above_input_tokens then steps.context_band
            when steps.model_id is null or counted.total_input_tokens <= steps.above_input_tokens then 'base'
            -- a step of 199999 is the same to those who count up to 200k
            when counted.all_up_to_tokens <= steps.above_input_tokens + 1 then 'base'
            -- a row of several requests does not say how long each was; a count of 0 is one that was not filled in
            when coalesce(nullif(counted.request_count, 0), case when counted.window_start is null then 1 end, 2) > 1
                then 'mixed_lengths'
            else steps.context_band
        end as context_band,
        case when counted.quantity <> 0 then nullif({{ tokenmart.plain_name('counted.quantity_unit') }}, '') end as quantity_unit,
        {%- for column in dimensions %}
        nullif(trim(counted.{{ column }}, ' '), '') as {{ column }},
        {%- endfor %}
        coalesce(
            counted.window_end > {{ dbt.dateadd('hour', 1, 'counted.window_start') }},
            false
        ) as is_utc_day,
        {%- for class in tokenmart.token_classes() %}
        counted.{{ class }}_tokens,
        {%- endfor %}
        counted.total_input_tokens,
        counted.total_output_tokens,
        counted.is_token_convention_ambiguous,
        counted.request_count,
        nullif(counted.quantity, 0) as quantity,
        counted.recorded_cost_usd
    from counted
    left join steps on counted.model_id = steps.model_id

),

daily as (

    select
        source_instance,
        case
            when is_utc_day then cast(used_at as date)
            else {{ tokenmart.to_reporting_date('used_at') }}
        end as usage_date,
        cast(used_at as date) as usage_date_utc,
        provider_key_id,
        model_id,
        project_id,
        openai_user_id,
        openai_api_key_id,
        service_tier,
        is_batch,
        context_band,
        quantity_unit,
        {%- for column in all_dimensions %}
        {{ column if column in dimensions else 'cast(null as ' ~ dbt.type_string() ~ ') as ' ~ column }},
        {%- endfor %}
        count(*) as record_count,
        cast(sum(case when is_utc_day then 1 else 0 end) as {{ dbt.type_bigint() }}) as utc_day_record_count,
        cast(coalesce(sum(request_count), 0) as {{ dbt.type_bigint() }}) as request_count,
        cast(sum(case when is_token_convention_ambiguous then 1 else 0 end) as {{ dbt.type_bigint() }}) as ambiguous_record_count,
        cast(coalesce(sum(total_input_tokens), 0) as {{ dbt.type_bigint() }}) as input_tokens,
        cast(coalesce(sum(
            cached_text_input_tokens + cached_audio_input_tokens + cached_image_input_tokens
        ), 0) as {{ dbt.type_bigint() }}) as cached_input_tokens,
        cast(coalesce(sum(total_output_tokens), 0) as {{ dbt.type_bigint() }}) as output_tokens,
        {{ tokenmart.sum_token_classes() }},
        cast(sum(quantity) as decimal(38, 9)) as quantity,
        cast(sum(recorded_cost_usd) as {{ dbt.type_numeric() }}) as recorded_cost_usd
    from prepared
    group by {{ grain | join(', ') }}

)

select * from daily
