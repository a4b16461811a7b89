{{ tokenmart.recomputes_days('int_provider_fact_days_to_recompute', day='usage_date_utc') }}

-- Grain: usage_date × usage_date_utc × provider_key_id × model_id × project_id × openai_user_id
--        × openai_api_key_id × service_tier × is_batch × context_band × quantity_unit × the dimensions that the variable
--        usage_dimensions names (of end_user_id, session_id, team_id, tags; the others are null), per source_instance.
-- Guarantee: tokens and recorded dollars equal those of the counted source rows; the classes add up to the tokens, and
-- list and contracted cost are theirs at the prices of the UTC day. A day is recomputed when anything in it changes.
-- Traps: the provider and the key's owner are those of the day of use; dim_provider_key has today's.
-- recorded_cost_usd is the application's own estimate. It ignores caching, batch and tier, so
-- it is shown to be reconciled and is never chosen as cost_usd.

with days as (

    select * from {{ ref('int_provider_fact_days_to_recompute') }}

),

billed as (

    select usage.*
    from {{ ref('int_provider_usage_billed') }} as usage
    inner join days
        on
            usage.source_instance = days.source_instance
            and usage.usage_date_utc = days.recompute_date
    {{ tokenmart.prune_other_days('usage.usage_date_utc', 'days') }}

),

costed as (

    select
        usage_key,

        -- grain
        source_instance,
        usage_date,
        usage_date_utc,
        provider_key_id,
        model_id,
        project_id,
        openai_user_id,
        openai_api_key_id,
        service_tier,
        is_batch,
        context_band,
        quantity_unit,
        end_user_id,
        session_id,
        team_id,
        tags,
        is_provisional,

        -- as on the day of use
        provider,
        key_user_id,
        usage_mode,

        -- counts
        record_count,
        utc_day_record_count,
        ambiguous_record_count,
        request_count,
        quantity,

        -- tokens
        input_tokens,
        cached_input_tokens,
        output_tokens,
        input_tokens + output_tokens as total_tokens,
        {{ tokenmart.token_class_columns() }},

        -- money
        recorded_cost_usd,
        billed_cost_usd,
        {{ tokenmart.cost_that_counts('provider') }},

        -- prices
        {{ tokenmart.priced_columns() }}
    from billed

)

select * from costed
