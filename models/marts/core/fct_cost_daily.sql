-- Grain: that of the three usage facts, one row each, in conformed columns; nothing is aggregated.
-- Guarantee: one row a fact row, so that rows, tokens and money equal those of the facts.
-- Trap: an agent or a voice session runs on a provider key whose usage API reports the same tokens
-- again. Add up across source systems only where you know that they do not observe each other.

{%- set sources = tokenmart.usage_sources() -%}
{%- do tokenmart.assert_sources_enabled() %}

with
{% if 'provider' in sources %}
provider as (

    select
        'provider' as source_system,
        usage_key,
        source_instance,
        usage_date,
        usage_date_utc,
        cast(null as {{ dbt.type_string() }}) as org_id,
        cast(null as {{ dbt.type_string() }}) as employee_id,
        cast(null as {{ dbt.type_string() }}) as agent_config_id,
        provider_key_id,
        project_id,
        openai_user_id,
        openai_api_key_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        cast(null as {{ dbt.type_string() }}) as conversation_id,
        'llm_tokens' as resource_type,
        model_id,
        service_tier,
        is_batch,
        context_band,
        'company' as token_source,
        is_provisional,
        provider,
        key_user_id,
        usage_mode,
        cast(null as {{ dbt.type_string() }}) as team_id,
        cast(null as {{ dbt.type_string() }}) as team_name,
        cast(null as {{ dbt.type_string() }}) as agent_id,
        record_count,
        input_tokens,
        output_tokens,
        cast(0 as {{ dbt.type_bigint() }}) as unsplit_tokens,
        total_tokens,
        list_cost_usd,
        contracted_cost_usd,
        recorded_cost_usd,
        cost_usd,
        cost_basis,
        pricing_status
    from {{ ref('fct_provider_usage_daily') }}

),
{% endif %}
{%- if 'agents' in sources %}
agents as (

    select
        'agents' as source_system,
        usage_key,
        source_instance,
        usage_date,
        -- a period is cut at the midnights of the reporting zone, which are the provider's in UTC only
        {{ 'usage_date' if var('reporting_timezone') == 'UTC' else 'cast(null as date)' }} as usage_date_utc,
        org_id,
        employee_id,
        agent_config_id,
        cast(null as {{ dbt.type_bigint() }}) as provider_key_id,
        cast(null as {{ dbt.type_string() }}) as project_id,
        cast(null as {{ dbt.type_string() }}) as openai_user_id,
        cast(null as {{ dbt.type_string() }}) as openai_api_key_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        cast(null as {{ dbt.type_string() }}) as conversation_id,
        resource_type,
        model_id,
        cast(null as {{ dbt.type_string() }}) as service_tier,
        cast(null as {{ dbt.type_boolean() }}) as is_batch,
        cast(null as {{ dbt.type_string() }}) as context_band,
        token_source,
        is_provisional,
        cast(null as {{ dbt.type_string() }}) as provider,
        cast(null as {{ dbt.type_string() }}) as key_user_id,
        cast(null as {{ dbt.type_string() }}) as usage_mode,
        team_id,
        team_name,
        agent_id,
        record_count,
        input_tokens,
        output_tokens,
        unsplit_tokens,
        total_tokens,
        list_cost_usd,
        contracted_cost_usd,
        recorded_cost_usd,
        cost_usd,
        cost_basis,
        pricing_status
    from {{ ref('fct_agent_usage_daily') }}

),
{% endif %}
{%- if 'voice' in sources %}
voice as (

    select
        'voice' as source_system,
        usage_key,
        source_instance,
        usage_date,
        usage_date_utc,
        cast(null as {{ dbt.type_string() }}) as org_id,
        cast(null as {{ dbt.type_string() }}) as employee_id,
        cast(null as {{ dbt.type_string() }}) as agent_config_id,
        cast(null as {{ dbt.type_bigint() }}) as provider_key_id,
        cast(null as {{ dbt.type_string() }}) as project_id,
        cast(null as {{ dbt.type_string() }}) as openai_user_id,
        cast(null as {{ dbt.type_string() }}) as openai_api_key_id,
        user_id,
        conversation_id,
        'llm_tokens' as resource_type,
        model_id,
        cast(null as {{ dbt.type_string() }}) as service_tier,
        cast(null as {{ dbt.type_boolean() }}) as is_batch,
        cast(null as {{ dbt.type_string() }}) as context_band,
        'company' as token_source,
        is_provisional,
        cast(null as {{ dbt.type_string() }}) as provider,
        cast(null as {{ dbt.type_string() }}) as key_user_id,
        cast(null as {{ dbt.type_string() }}) as usage_mode,
        cast(null as {{ dbt.type_string() }}) as team_id,
        cast(null as {{ dbt.type_string() }}) as team_name,
        cast(null as {{ dbt.type_string() }}) as agent_id,
        record_count,
        input_tokens,
        output_tokens,
        cast(0 as {{ dbt.type_bigint() }}) as unsplit_tokens,
        total_tokens,
        list_cost_usd,
        contracted_cost_usd,
        recorded_cost_usd,
        cost_usd,
        cost_basis,
        pricing_status
    from {{ ref('fct_voice_usage_daily') }}

),
{% endif %}
unioned as (

    {% for source in sources %}
    {{ 'union all' if not loop.first }}
    select * from {{ source }}
    {% endfor %}

)

select
    source_system,
    {{ tokenmart.grain_key(['source_system', 'usage_key']) }} as cost_key,
    usage_key,

    -- grain
    source_instance,
    usage_date,
    usage_date_utc,
    org_id,
    employee_id,
    agent_config_id,
    provider_key_id,
    project_id,
    openai_user_id,
    openai_api_key_id,
    user_id,
    conversation_id,
    resource_type,
    model_id,
    service_tier,
    is_batch,
    context_band,
    token_source,
    is_provisional,

    -- as on the day of use
    provider,
    key_user_id,
    usage_mode,
    team_id,
    team_name,
    agent_id,

    -- counts and tokens
    record_count,
    input_tokens,
    output_tokens,
    unsplit_tokens,
    total_tokens,

    -- money
    list_cost_usd,
    contracted_cost_usd,
    recorded_cost_usd,
    cost_usd,
    cost_basis,
    pricing_status,
    cast(case when token_source = 'company' then cost_usd else 0 end as {{ tokenmart.type_money() }}) as company_cost_usd,
    cast(case when token_source = 'personal' then cost_usd else 0 end as {{ tokenmart.type_money() }}) as personal_cost_usd
from unioned
