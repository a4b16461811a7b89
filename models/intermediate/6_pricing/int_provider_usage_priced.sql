{{ config(group='usage') }}
{{ tokenmart.recomputes_days('int_provider_priced_days_to_recompute', day='usage_date_utc') }}

-- Grain: that of int_provider_usage_daily.
-- Guarantee: each row once, with its key's provider on the day and what it costs at list and contracted prices.
-- Trap: prices change the past. Each run prices only the days for which anything has changed.

with days as (

    select * from {{ ref('int_provider_priced_days_to_recompute') }}

),

attributed as (

    select usage.*
    from {{ ref('int_provider_usage_attributed') }} as usage
    inner join days
        on
            usage.source_instance = days.source_instance
            and usage.usage_date_utc = days.recompute_date
    {{ tokenmart.prune_other_days('usage.usage_date_utc', 'days') }}

),

keyed as (

    select
        {{ tokenmart.grain_key([
            'source_instance', 'usage_date', 'usage_date_utc', 'provider_key_id', 'model_id',
            'project_id', 'openai_user_id', 'openai_api_key_id', 'service_tier', 'is_batch',
            'context_band',
        ], if_filled=['quantity_unit', 'end_user_id', 'session_id', 'team_id', 'tags']) }} as usage_key,
        *
    from attributed

)

{{ tokenmart.priced_usage('keyed', quantity_unit='usage.quantity_unit', by_category=tokenmart.has_bills()) }}
