{{ config(materialized='view') }}

-- Grain: that of int_voice_usage_daily.
-- Guarantee: each row once, with the user and the model of its conversation.
-- Traps: the model is known by the conversation only; where that is silent too, it is the variable
-- voice_default_model. A user or model that was blanked since is the last one known.

with daily as (

    select * from {{ ref('int_voice_usage_daily') }}

),

conversations as (

    {{ tokenmart.ledger_entities(ref('ledger_voice_conversations'), 'conversation_id') }}

),

last_known as (

    {{ tokenmart.last_known(ref('ledger_voice_conversations'), ['user_id', 'model_id']) }}

)

select
    daily.*,
    coalesce(nullif(conversations.user_id, ''), last_known.user_id) as user_id,
    coalesce(
        nullif(conversations.model_id, ''),
        last_known.model_id,
        {{ tokenmart.literal(var('voice_default_model')) }}
    ) as model_id,
    {{ tokenmart.is_provisional('daily.usage_date') }} as is_provisional,

    -- what decides the price: a session names neither its provider nor how it was processed
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
