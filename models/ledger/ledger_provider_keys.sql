-- Grain: one row a version of a source row. Append-only: what left the source stays, marked.

{{ tokenmart.ledger('stg_provider__provider_keys', key=['provider_key_id']) }}
