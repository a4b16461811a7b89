-- Grain: usage_date × org_id × employee_id × agent_config_id × resource_type × model_id × token_source,
-- per source_instance.
-- Guarantee: flows and money equal those of the valid records, spread over the days of their
-- periods in proportion to time, to the last digit.
-- Traps: quantity is a flow for most resources and a level for storage_mb, which is never summed
-- over days. Usage on an employee's personal token is real, but it is not the company's money.

with daily as (

    select * from {{ ref('int_agents_usage_daily') }}

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

        -- counts
        record_count,
        quantity,

        -- tokens
        input_tokens,
        output_tokens,
        unsplit_tokens,
        input_tokens + output_tokens + unsplit_tokens as total_tokens,

        -- money
        recorded_cost_usd,
        recorded_cost_usd as cost_usd,
        'recorded' as cost_basis,
        cast(
            case when token_source = 'company' then recorded_cost_usd else 0 end as {{ dbt.type_numeric() }}
        ) as company_cost_usd,
        cast(
            case when token_source = 'personal' then recorded_cost_usd else 0 end as {{ dbt.type_numeric() }}
        ) as personal_cost_usd
    from daily

)

select * from costed
