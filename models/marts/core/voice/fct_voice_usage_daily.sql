-- Grain: usage_date × usage_date_utc × user_id × conversation_id × model_id, per source_instance.
-- Guarantee: tokens, audio and counts equal those of the valid events; the classes add up to the tokens, and list and
-- contracted cost are theirs at the prices of the UTC day, worked out anew in every build.
-- Traps: the model is known by the conversation only; where that is silent too, it is the variable
-- voice_default_model. A user or model that was blanked since is the last one known. The application
-- records no cost for an event, so recorded_cost_usd is null.

with daily as (

    select * from {{ ref('int_voice_usage_daily') }}

),

conversations as (

    {{ tokenmart.ledger_entities(ref('ledger_voice_conversations'), 'conversation_id') }}

),

last_known as (

    {{ tokenmart.last_known(ref('ledger_voice_conversations'), ['user_id', 'model_id']) }}

),

attributed as (

    select
        daily.*,
        coalesce(nullif(conversations.user_id, ''), nullif(last_known.user_id, '')) as user_id,
        coalesce(
            nullif(conversations.model_id, ''),
            nullif(last_known.model_id, ''),
            {{ tokenmart.literal(var('voice_default_model')) }}
        ) as model_id,
        -- a session names neither its provider nor how it was processed
        cast(null as {{ dbt.type_string() }}) as provider,
        cast(null as {{ dbt.type_string() }}) as service_tier,
        false as is_batch,
        'base' as context_band
    from daily
    left join conversations
        on
            daily.source_instance = conversations.source_instance
            and daily.conversation_id = conversations.conversation_id
    left join last_known
        on
            conversations.source_instance = last_known.source_instance
            and conversations.row_key = last_known.row_key

),

priced as (

    {{ tokenmart.priced_usage('attributed') }}

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
        {{ tokenmart.is_provisional('usage_date') }} as is_provisional,

        -- counts
        record_count,
        ambiguous_record_count,
        response_count,
        error_count,
        function_call_count,
        audio_duration_ms,

        -- tokens
        input_tokens,
        output_tokens,
        input_tokens + output_tokens as total_tokens,
        {{ tokenmart.token_class_columns() }},

        -- money
        cast(null as {{ dbt.type_numeric() }}) as recorded_cost_usd,
        {{ tokenmart.cost_that_counts('voice') }},

        -- prices
        {{ tokenmart.priced_columns() }}
    from priced

)

select * from costed
