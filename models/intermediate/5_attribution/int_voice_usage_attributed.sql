{{ config(materialized='view') }}

-- Grain: usage_date × usage_date_utc × conversation_id × model_id, per source_instance.
-- Guarantee: each event of int_voice_usage_daily once, with its conversation's user, and the model that it names, else its
-- conversation, else the variable voice_default_model. model_source says which: of several the least certain, whose names
-- happen to be in the order of their letters.
-- Trap: a user or model that was blanked since is the last one known.

with daily as (

    select * from {{ ref('int_voice_usage_daily') }}

),

conversations as (

    {{ tokenmart.ledger_entities(ref('ledger_voice_conversations'), 'conversation_id') }}

),

last_known as (

    {{ tokenmart.last_known(ref('ledger_voice_conversations'), ['user_id', 'model_id']) }}

),

named as (

    select
        daily.*,
        coalesce(nullif(conversations.user_id, ''), last_known.user_id) as user_id,
        coalesce(nullif(conversations.model_id, ''), last_known.model_id) as conversation_model_id
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

{%- set counts = [
    'record_count', 'response_count', 'error_count', 'function_call_count', 'audio_duration_ms', 'timed_audio_ms',
    'ambiguous_record_count', 'input_tokens', 'output_tokens', 'unclassed_input_tokens', 'unclassed_output_tokens',
] %}

-- events that name the model of their conversation are together with those that name none
attributed as (

    select
        source_instance,
        usage_date,
        usage_date_utc,
        conversation_id,
        user_id,
        coalesce(event_model_id, conversation_model_id, {{ tokenmart.literal(var('voice_default_model')) }}) as model_id,
        min(case
            when event_model_id is not null then 'event'
            when conversation_model_id is not null then 'conversation'
            else 'assumed'
        end) as model_source,
        {% for count in counts -%}
        cast(sum({{ count }}) as {{ dbt.type_bigint() }}) as {{ count }},
        {% endfor -%}
        {{ tokenmart.sum_token_classes() }}
    from named
    group by 1, 2, 3, 4, 5, 6

)

select
    *,
    {{ tokenmart.is_provisional('usage_date') }} as is_provisional,

    -- what decides the price: a session names neither its provider nor how it was processed
    cast(null as {{ dbt.type_string() }}) as provider,
    cast(null as {{ dbt.type_string() }}) as service_tier,
    false as is_batch,
    'base' as context_band
from attributed
