{{ config(group='usage') }}

-- Grain: that of int_provider_usage_daily.
-- Guarantee: each row once, with its key's provider on the day and what it costs at list and contracted prices.

with daily as (

    select * from {{ ref('int_provider_usage_daily') }}

),

keys as (

    select * from {{ ref('dim_provider_key_history') }}

),

attributed as (

    select
        {{ tokenmart.grain_key([
            'daily.source_instance', 'daily.usage_date', 'daily.usage_date_utc', 'daily.provider_key_id', 'daily.model_id',
            'daily.project_id', 'daily.openai_user_id', 'daily.openai_api_key_id', 'daily.service_tier', 'daily.is_batch',
            'daily.context_band',
        ]) }} as usage_key,
        daily.*,
        keys.provider,
        keys.user_id as key_user_id,
        keys.usage_mode
    from daily
    left join keys
        on
            daily.source_instance = keys.source_instance
            and daily.provider_key_id = keys.provider_key_id
            and {{ tokenmart.valid_on('keys', 'daily.usage_date') }}

)

{{ tokenmart.priced_usage('attributed', by_direction=tokenmart.has_bills()) }}
