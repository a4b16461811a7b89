-- Grain: provider_key_id × valid_from, per source_instance: what the key was from that day on.
-- Guarantee: exactly one row of a key holds on any day, so a join to it adds no rows.
-- Trap: the first row applies to all earlier dates, because nothing says what was before it was observed.

with keys as (

    {{ tokenmart.ledger_history(ref('ledger_provider_keys'), 'provider_key_id', ['user_id', 'provider', 'usage_mode']) }}

)

select
    source_instance,
    provider_key_id,
    valid_from,
    valid_to,
    valid_to is null as is_current,
    user_id,
    provider,
    usage_mode
from keys
