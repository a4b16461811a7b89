-- Grain: one row a version of a source row. Append-only: what left the source stays, marked.

{{ tokenmart.ledger('stg_agents__employee_agent_configs', key=['agent_config_id']) }}
