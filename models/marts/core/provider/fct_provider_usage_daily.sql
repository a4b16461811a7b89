-- Grain: usage_date × usage_date_utc × provider_key_id × model_id × project_id × openai_user_id
--        × openai_api_key_id × service_tier × is_batch × context_band, per source_instance.
-- Guarantee: tokens and recorded dollars equal those of the valid source rows; the classes add up to the tokens, and
-- list and contracted cost are theirs at the prices of the UTC day, worked out anew in every build.
-- Traps: the provider and the key's owner are those of the day of use; dim_provider_key has today's.
-- recorded_cost_usd is the application's own estimate. It ignores caching, batch and tier, so
-- it is shown to be reconciled and is never chosen as cost_usd.

with daily as (

    select * from {{ ref('int_provider_usage_daily') }}

),

keys as (

    select * from {{ ref('dim_provider_key_history') }}

),

attributed as (

    select
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

),

priced as (

    {{ tokenmart.priced_usage('attributed') }}

),

costed as (

    select
        {{ tokenmart.grain_key([
            'source_instance', 'usage_date', 'usage_date_utc', 'provider_key_id', 'model_id', 'project_id',
            'openai_user_id', 'openai_api_key_id', 'service_tier', 'is_batch', 'context_band',
        ]) }} as usage_key,

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
        {{ tokenmart.is_provisional('usage_date') }} as is_provisional,

        -- as on the day of use
        provider,
        key_user_id,
        usage_mode,

        -- counts
        record_count,
        utc_day_record_count,
        ambiguous_record_count,
        request_count,

        -- tokens
        input_tokens,
        cached_input_tokens,
        output_tokens,
        input_tokens + output_tokens as total_tokens,
        {{ tokenmart.token_class_columns() }},

        -- money
        recorded_cost_usd,
        contracted_cost_usd as cost_usd,
        case when contracted_cost_usd is null then 'unpriced' else 'contracted' end as cost_basis,

        -- prices
        {{ tokenmart.priced_columns() }}
    from priced

)

select * from costed
