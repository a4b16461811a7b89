-- Grain: one row a version of a source row. Append-only: what left the source stays, marked.

{{ tokenmart.ledger('stg_provider__usage_events', key=['usage_event_id'], is_usage=true) }}
