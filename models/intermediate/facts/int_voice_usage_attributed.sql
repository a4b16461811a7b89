{{ config(materialized='view') }}

-- Grain: that of int_voice_usage_daily.
-- Guarantee: each row once, with its conversation's user, and the model that its events name, else its conversation,
-- else the variable voice_default_model; model_source says which.
-- Traps: a user or model that was blanked since is the last one known. A default is assumed also for days on which
-- the model did not exist; the price list knows that of models that it has under a dated name.

with daily as (

    select * from {{ ref('int_voice_usage_daily') }}

),

conversations as (

    {{ tokenmart.ledger_entities(ref('ledger_voice_conversations'), 'conversation_id') }}

),

last_known as (

    {{ tokenmart.last_known(ref('ledger_voice_conversations'), ['user_id', 'model_id']) }}

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

)

select
    daily.*,
    coalesce(nullif(conversations.user_id, ''), last_known.user_id) as user_id,
    coalesce(
        daily.event_model_id,
        nullif(conversations.model_id, ''),
        last_known.model_id,
        {{ tokenmart.literal(var('voice_default_model')) }}
    ) as model_id,
    case
        when daily.event_model_id is not null then 'event'
        when coalesce(nullif(conversations.model_id, ''), last_known.model_id) is not null then 'conversation'
        else 'default'
    end as model_source,
    coalesce(cast(daily.usage_date_utc as {{ dbt.type_string() }}) < released.released_on, false) as is_before_default_model,
    {{ tokenmart.is_provisional('daily.usage_date') }} as is_provisional,

    -- what decides the price: a session names neither its provider nor how it was processed
    cast(null as {{ dbt.type_string() }}) as provider,
    cast(null as {{ dbt.type_string() }}) as service_tier,
    false as is_batch,
    'base' as context_band
from daily
cross join released
left join conversations
    on
        daily.source_instance = conversations.source_instance
        and daily.conversation_id = conversations.conversation_id
left join last_known
    on
        conversations.source_instance = last_known.source_instance
        and conversations.row_key = last_known.row_key
