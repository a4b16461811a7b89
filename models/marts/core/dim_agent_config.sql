-- Grain: one row for each agent configuration that was ever observed, per source_instance, as last observed.
-- Trap: a source without agents still has configurations with an agent_id; the agent's columns are null.

with configs as (

    {{ tokenmart.ledger_entities(ref('ledger_employee_agent_configs'), 'agent_config_id') }}

),

agents as (

    {{ tokenmart.ledger_entities(ref('ledger_agents'), 'agent_id') }}

)

select
    configs.source_instance,
    configs.agent_config_id,
    configs.employee_id,
    configs.agent_id,
    agents.agent_name,
    agents.agent_type,
    agents.provider as agent_provider,
    agents.llm_model as agent_model_id,
    configs.is_enabled,
    configs.last_synced_at,
    configs.created_at,
    configs.updated_at,
    configs.first_observed_at,
    configs.is_deleted
from configs
left join agents
    on
        configs.source_instance = agents.source_instance
        and configs.agent_id = agents.agent_id
