-- Grain: one row a version of a source row. Append-only: what left the source stays, marked.

{{ tokenmart.ledger('stg_agents__teams', key=['team_id']) }}
