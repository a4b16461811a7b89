{{ tokenmart.recomputes_days('int_agents_fact_days_to_recompute', day='usage_date') }}

-- Grain: usage_date × org_id × employee_id × agent_config_id × resource_type × model_id × token_source,
-- per source_instance.
-- Guarantee: flows and money equal those of the counted records, spread over the days of their
-- periods in proportion to time, to the last digit. A day is recomputed when anything in it changes, including a price.
-- Traps: quantity is a flow for most resources and a level for storage_mb, which is never summed
-- over days. The team and the agent are those of the day of use; dim_employee and dim_agent_config have
-- today's. Usage on an employee's personal token is real, but it is not the company's money. Tokens of which the record
-- does not say whether they are input or output have no class, and no price.

with days as (

    select * from {{ ref('int_agents_fact_days_to_recompute') }}

),

attributed as (

    select usage.*
    from {{ ref('int_agents_usage_attributed') }} as usage
    inner join days
        on
            usage.source_instance = days.source_instance
            and usage.usage_date = days.recompute_date
    {{ tokenmart.prune_other_days('usage.usage_date', 'days') }}

),

priced as (

    {{ tokenmart.priced_usage(
        'attributed',
        classes=tokenmart.agents_classes(),
        tokens_without_class='usage.unsplit_tokens',
    ) }}

),

costed as (

    select
        {{ tokenmart.grain_key([
            'source_instance', 'usage_date', 'org_id', 'employee_id', 'agent_config_id', 'resource_type',
            'model_id', 'token_source',
        ]) }} as usage_key,

        -- grain
        source_instance,
        usage_date,
        org_id,
        employee_id,
        agent_config_id,
        resource_type,
        model_id,
        token_source,
        is_provisional,

        -- as on the day of use
        team_id,
        team_name,
        agent_id,

        -- counts
        record_count,
        quantity,

        -- tokens
        input_tokens,
        output_tokens,
        unsplit_tokens,
        input_tokens + output_tokens + unsplit_tokens as total_tokens,
        {{ tokenmart.token_class_columns() }},

        -- money
        recorded_cost_usd,
        {{ tokenmart.cost_that_counts('agents') }},

        -- prices
        {{ tokenmart.priced_columns() }}
    from priced

)

select
    *,
    cast(case when token_source = 'company' then cost_usd else 0 end as {{ tokenmart.type_money() }}) as company_cost_usd,
    cast(case when token_source = 'personal' then cost_usd else 0 end as {{ tokenmart.type_money() }}) as personal_cost_usd
from costed
