-- Grain: agent_config_id × valid_from, per source_instance: what a configuration was from that day on.
-- Guarantee: exactly one row of a configuration holds on any day, so a join to it adds no rows.
-- Trap: the first row applies to all earlier dates, because nothing says what was before it was observed.

with configs as (

    {{ tokenmart.ledger_history(
        ref('ledger_employee_agent_configs'), 'agent_config_id', ['employee_id', 'agent_id', 'is_enabled'], updated_at='updated_at'
    ) }}

),

agents as (

    {{ tokenmart.ledger_history(ref('ledger_agents'), 'agent_id', ['agent_name', 'agent_type', 'provider', 'llm_model']) }}

)

select
    configs.source_instance,
    configs.agent_config_id,
    greatest(configs.valid_from, coalesce(agents.valid_from, configs.valid_from)) as valid_from,
    least(configs.valid_to, agents.valid_to) as valid_to,
    configs.valid_to is null and agents.valid_to is null as is_current,
    configs.employee_id,
    configs.agent_id,
    agents.agent_name,
    agents.agent_type,
    agents.provider as agent_provider,
    agents.llm_model as agent_model_id,
    configs.is_enabled
from configs
left join agents
    on
        configs.source_instance = agents.source_instance
        and configs.agent_id = agents.agent_id
        and {{ tokenmart.valid_together('configs', 'agents') }}
