{{ tokenmart.recomputes_days('int_voice_fact_days_to_recompute', day='usage_date_utc') }}

-- Grain: usage_date × usage_date_utc × user_id × conversation_id × model_id, per source_instance.
-- Guarantee: tokens, audio and counts equal those of the counted events; the classes, and what has no class, add up to the
-- tokens, and list and contracted cost are theirs at the prices of the UTC day. A day is recomputed when anything in it changes.
-- Traps: where neither an event nor its conversation names a model, it is assumed (model_source, price_flags), also for
-- days on which it did not exist; the price list knows that of models that it has under a dated name. A user or
-- model that was blanked since is the last one known. The application records no cost for an event, so
-- recorded_cost_usd is null. Audio without tokens costs nothing where its model is paid by the token, what the list has
-- for audio_seconds where it is paid by time, and is not priced else.

with days as (

    select * from {{ ref('int_voice_fact_days_to_recompute') }}

),

-- the day in the first dated name of the default model
released as (

    select min(right(dated.name, 10)) as released_on
    from {{ ref('model_names') }} as named
    inner join {{ ref('model_names') }} as dated
        on
            named.provider = dated.provider
            and named.model_id = dated.model_id
    where
        named.name = {{ tokenmart.plain_name(tokenmart.literal(var('voice_default_model'))) }}
        and {{ tokenmart.is_day('right(dated.name, 10)') }}

),

attributed as (

    select
        usage.*,
        usage.model_source = 'assumed'
        and coalesce(cast(usage.usage_date_utc as {{ dbt.type_string() }}) < released.released_on, false)
            as is_before_assumed_model
    from {{ ref('int_voice_usage_attributed') }} as usage
    cross join released
    inner join days
        on
            usage.source_instance = days.source_instance
            and usage.usage_date_utc = days.recompute_date
    {{ tokenmart.prune_other_days('usage.usage_date_utc', 'days') }}

),

priced as (

    {{ tokenmart.priced_usage(
        'attributed',
        classes=tokenmart.priced_classes(),
        tokens_without_class='(usage.unclassed_input_tokens + usage.unclassed_output_tokens)',
        flags={
            'assumed_model': "usage.model_source = 'assumed'",
            'assumed_before_release': "usage.is_before_assumed_model",
        },
    ) }}

),

costed as (

    select
        {{ tokenmart.grain_key([
            'source_instance', 'usage_date', 'usage_date_utc', 'user_id', 'conversation_id', 'model_id',
        ]) }} as usage_key,

        -- grain
        source_instance,
        usage_date,
        usage_date_utc,
        user_id,
        conversation_id,
        model_id,
        is_provisional,

        -- who names the model
        model_source,

        -- counts
        record_count,
        ambiguous_record_count,
        response_count,
        error_count,
        function_call_count,
        audio_duration_ms,
        timed_audio_ms,

        -- tokens
        input_tokens,
        output_tokens,
        input_tokens + output_tokens as total_tokens,
        unclassed_input_tokens,
        unclassed_output_tokens,
        {{ tokenmart.token_class_columns() }},

        -- money
        cast(null as {{ dbt.type_numeric() }}) as recorded_cost_usd,
        {{ tokenmart.cost_that_counts('voice') }},

        -- prices
        {{ tokenmart.priced_columns() }}
    from priced

)

select * from costed
