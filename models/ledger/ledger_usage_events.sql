-- Grain: one row for each version of a source row. Append-only: rows deleted at the source stay, marked as deleted.

{{ tokenmart.ledger('stg_provider__usage_events', key=['usage_event_id'], is_usage=true) }}
