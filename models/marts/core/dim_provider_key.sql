-- Grain: one row for each provider key that was ever observed, per source_instance, as last observed.
-- Trap: deleting a key at the source cascades its usage away there. Here the key stays, marked as deleted.

with keys as (

    {{ tokenmart.ledger_entities(ref('ledger_provider_keys'), 'provider_key_id') }}

)

select
    source_instance,
    provider_key_id,
    user_id,
    provider,
    usage_mode,
    created_at,
    first_observed_at,
    is_deleted
from keys
