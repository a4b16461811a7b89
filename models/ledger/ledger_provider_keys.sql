-- Grain: one row for each version of a source row. Append-only: rows deleted at the source stay, marked as deleted.

{{ tokenmart.ledger('stg_provider__provider_keys', key=['provider_key_id']) }}
