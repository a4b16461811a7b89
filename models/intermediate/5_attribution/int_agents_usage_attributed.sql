{{ config(materialized='view') }}

-- Grain: that of int_agents_usage_daily.
-- Guarantee: each row once, with the team and the agent of the day of use, and its tokens in classes.
-- Trap: a record reports input and output, perhaps what of it went through a cache, but neither modalities nor how it
-- was processed. Tokens of which it does not say whether they are input or output (unsplit_tokens) have no class.

with daily as (

    select * from {{ ref('int_agents_usage_daily') }}

),

employees as (

    select * from {{ ref('dim_employee_history') }}

),

configs as (

    select * from {{ ref('dim_agent_config_history') }}

)

select
    daily.*,
    employees.team_id,
    employees.team_name,
    configs.agent_id,
    {{ tokenmart.is_provisional('daily.usage_date') }} as is_provisional,

    -- tokens
    daily.input_tokens - daily.cached_input_tokens - daily.cache_write_input_tokens - daily.cache_write_1h_input_tokens
        as uncached_text_input_tokens,
    daily.cached_input_tokens as cached_text_input_tokens,
    daily.output_tokens as text_output_tokens,
    {%- for class in tokenmart.token_classes() if class not in tokenmart.agents_classes() %}
    cast(0 as {{ dbt.type_bigint() }}) as {{ class }}_tokens,
    {%- endfor %}

    -- what decides the price
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
