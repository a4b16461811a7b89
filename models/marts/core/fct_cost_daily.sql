{{ config(materialized='view') }}

-- Grain: that of the three usage facts, one row each, in conformed columns; nothing is aggregated. What the provider
-- charged for no known usage has rows of its own, those of source_system 'billing': one a line of the bill.
-- Guarantee: one row a fact row, so that rows, tokens and money equal those of the facts; where there is a bill,
-- cost_usd adds up to it.
-- Trap: an agent or a voice session runs on a provider key whose usage API reports the same tokens again. Add up rows
-- that are counted only (is_counted); the variable observed_through says which are not.

{%- set sources = tokenmart.usage_sources() -%}
{%- set has_bills = tokenmart.has_bills() and 'billed' in tokenmart.cost_ladders()['provider'] -%}
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
        billed_cost_usd,
        cost_usd,
        cost_basis,
        pricing_status,
        {%- for class in tokenmart.directions()['cached_input'] %}
        {{ '+ ' if not loop.first }}{{ class }}_tokens
        {%- endfor %} as cached_input_tokens,
        caching_savings_usd,
        processing_savings_usd
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
        cast(null as {{ dbt.type_numeric() }}) as billed_cost_usd,
        cost_usd,
        cost_basis,
        pricing_status,
        {%- for class in tokenmart.directions()['cached_input'] %}
        {{ '+ ' if not loop.first }}{{ class }}_tokens
        {%- endfor %} as cached_input_tokens,
        -- a record that tells of no cache may have used one
        case when cached_text_input_tokens > 0 then caching_savings_usd end as caching_savings_usd,
        processing_savings_usd
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
        cast(null as {{ dbt.type_numeric() }}) as billed_cost_usd,
        cost_usd,
        cost_basis,
        pricing_status,
        {%- for class in tokenmart.directions()['cached_input'] %}
        {{ '+ ' if not loop.first }}{{ class }}_tokens
        {%- endfor %} as cached_input_tokens,
        caching_savings_usd,
        processing_savings_usd
    from {{ ref('fct_voice_usage_daily') }}

),
{% endif %}
{%- if has_bills %}
-- what the provider charged for no usage that is known: a row of its own, so that all that is billed is here
billing as (

    select
        'billing' as source_system,
        {{ tokenmart.grain_key(['source_instance', 'line_key']) }} as usage_key,
        source_instance,
        -- a bill's day cannot be cut again
        usage_date_utc as usage_date,
        usage_date_utc,
        cast(null as {{ dbt.type_string() }}) as org_id,
        cast(null as {{ dbt.type_string() }}) as employee_id,
        cast(null as {{ dbt.type_string() }}) as agent_config_id,
        cast(null as {{ dbt.type_bigint() }}) as provider_key_id,
        project_id,
        cast(null as {{ dbt.type_string() }}) as openai_user_id,
        openai_api_key_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        cast(null as {{ dbt.type_string() }}) as conversation_id,
        case line_kind when 'credit' then 'credits' when 'other' then 'other_charges' else 'llm_tokens' end as resource_type,
        cast(null as {{ dbt.type_string() }}) as model_id,
        cast(null as {{ dbt.type_string() }}) as service_tier,
        cast(null as {{ dbt.type_boolean() }}) as is_batch,
        cast(null as {{ dbt.type_string() }}) as context_band,
        'company' as token_source,
        {{ tokenmart.is_provisional('usage_date_utc') }} as is_provisional,
        nullif(provider, '') as provider,
        cast(null as {{ dbt.type_string() }}) as key_user_id,
        cast(null as {{ dbt.type_string() }}) as usage_mode,
        cast(null as {{ dbt.type_string() }}) as team_id,
        cast(null as {{ dbt.type_string() }}) as team_name,
        cast(null as {{ dbt.type_string() }}) as agent_id,
        cast(0 as {{ dbt.type_bigint() }}) as record_count,
        cast(0 as {{ dbt.type_bigint() }}) as input_tokens,
        cast(0 as {{ dbt.type_bigint() }}) as output_tokens,
        cast(0 as {{ dbt.type_bigint() }}) as unsplit_tokens,
        cast(0 as {{ dbt.type_bigint() }}) as total_tokens,
        cast(null as {{ tokenmart.type_money() }}) as list_cost_usd,
        cast(null as {{ tokenmart.type_money() }}) as contracted_cost_usd,
        cast(null as {{ dbt.type_numeric() }}) as recorded_cost_usd,
        billed_cost_usd,
        cast(billed_cost_usd as {{ tokenmart.type_money() }}) as cost_usd,
        'billed' as cost_basis,
        'no_tokens' as pricing_status,
        cast(0 as {{ dbt.type_bigint() }}) as cached_input_tokens,
        cast(0 as {{ tokenmart.type_money() }}) as caching_savings_usd,
        cast(0 as {{ tokenmart.type_money() }}) as processing_savings_usd
    from {{ ref('int_unallocated_bill_lines') }}

),
{% endif %}
unioned as (

    {% for source in sources + (['billing'] if has_bills else []) %}
    {{ 'union all' if not loop.first }}
    select * from {{ source }}
    {% endfor %}

),

observed as (

    select
        *,
        {{ tokenmart.observed_through() }} as observed_through
    from unioned

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
    billed_cost_usd,
    cost_usd,
    cost_basis,
    pricing_status,
    cast(case when token_source = 'company' then cost_usd else 0 end as {{ tokenmart.type_money() }}) as company_cost_usd,
    cast(case when token_source = 'personal' then cost_usd else 0 end as {{ tokenmart.type_money() }}) as personal_cost_usd,

    -- counted once across sources
    observed_through,
    observed_through is null as is_counted,
    cast(case when observed_through is null then 0 else cost_usd end as {{ tokenmart.type_money() }}) as observed_cost_usd,

    -- what the prices spared
    cast(cached_input_tokens as {{ dbt.type_bigint() }}) as cached_input_tokens,
    caching_savings_usd,
    processing_savings_usd
from observed
