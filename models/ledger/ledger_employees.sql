-- Grain: one row for each version of a source row. Append-only: rows deleted at the source stay, marked as deleted.

{{ tokenmart.ledger('stg_agents__employees', key=['employee_id']) }}
