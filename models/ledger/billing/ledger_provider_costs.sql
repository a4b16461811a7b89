-- Grain: one row a version of a source row. Append-only: what left the source stays, marked.
-- Trap: a bill line has no key, so its content is the key: a corrected line is a new one, and the old one has left.

{{ tokenmart.ledger(ref('stg_billing__provider_costs')) }}
