-- Grain: usage_date × org_id × employee_id × agent_config_id × resource_type × model_id × token_source,
-- per source_instance.
-- Guarantee: flows and money equal those of the valid records, spread over the days of their
-- periods in proportion to time, to the last digit. List and contracted cost are worked out anew in every build.
-- Traps: quantity is a flow for most resources and a level for storage_mb, which is never summed
-- over days. The team and the agent are those of the day of use; dim_employee and dim_agent_config have
-- today's. Usage on an employee's personal token is real, but it is not the company's money. Tokens of which the record
-- does not say whether they are input or output have no class, and no price.

with daily as (

    select * from {{ ref('int_agents_usage_daily') }}

),

employees as (

    select * from {{ ref('dim_employee_history') }}

),

configs as (

    select * from {{ ref('dim_agent_config_history') }}

),

attributed as (

    select
        daily.*,
        employees.team_id,
        employees.team_name,
        configs.agent_id,

        -- a record tells input and output, and nothing of caches, modalities or how it was processed
        daily.input_tokens as uncached_text_input_tokens,
        daily.output_tokens as text_output_tokens,
        {%- for class in tokenmart.token_classes() if class not in ['uncached_text_input', 'text_output'] %}
        cast(0 as {{ dbt.type_bigint() }}) as {{ class }}_tokens,
        {%- endfor %}
        cast(null as {{ dbt.type_string() }}) as provider,
        cast(null as {{ dbt.type_string() }}) as service_tier,
        false as is_batch,
        'base' as context_band,
        daily.usage_date as usage_date_utc
    from daily
    left join employees
        on
            daily.source_instance = employees.source_instance
            and daily.employee_id = employees.employee_id
            and {{ tokenmart.valid_on('employees', 'daily.usage_date') }}
    left join configs
        on
            daily.source_instance = configs.source_instance
            and daily.agent_config_id = configs.agent_config_id
            and {{ tokenmart.valid_on('configs', 'daily.usage_date') }}

),

priced as (

    {{ tokenmart.priced_usage(
        'attributed',
        classes=['uncached_text_input', 'text_output'],
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
        {{ tokenmart.is_provisional('usage_date') }} as is_provisional,

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
