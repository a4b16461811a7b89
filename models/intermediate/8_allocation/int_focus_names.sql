{{ config(materialized='ephemeral') }}

-- Grain: that of int_focus_charges.
-- Guarantee: each charge once, with the names, periods, units and tags by which FOCUS tells it.
-- Trap: a provider that is not in the list below keeps the name that the source gives it.

{%- set names = {
    'openai': 'OpenAI', 'anthropic': 'Anthropic', 'google': 'Google', 'azure': 'Microsoft', 'aws': 'AWS', 'bedrock': 'AWS',
    'mistral': 'Mistral AI', 'deepseek': 'DeepSeek', 'x-ai': 'xAI', 'meta': 'Meta',
} %}
{%- set tags = {
    'org': 'coalesce(organizations.org_name, charges.org_id)', 'team': 'coalesce(charges.team_name, charges.team_id)',
    'employee': 'charges.employee_id', 'agent': 'coalesce(charges.agent_id, charges.agent_config_id)',
    'key': 'coalesce(charges.openai_api_key_id, charges.provider_key_id)', 'project': 'charges.project_id',
    'user': 'coalesce(charges.openai_user_id, charges.user_id)', 'end_user': 'charges.end_user_id',
    'session': 'coalesce(charges.session_id, charges.conversation_id)', 'tags': 'charges.tags',
} %}
{%- set units = {'audio_seconds': 'Seconds', 'api_calls': 'API Calls', 'storage_mb': 'MB-Days'} %}
{%- set day = 'cast(charges.charge_date as ' ~ dbt.type_timestamp() ~ ')' %}
{%- set month = dbt.date_trunc('month', day) %}

with charges as (

    select * from {{ ref('int_focus_charges') }}

),

organizations as (

    {% if 'agents' in var('sources_enabled') -%}
    select
        source_instance,
        org_id,
        org_name
    from {{ ref('dim_organization') }}
    {%- else -%}
    select distinct
        source_instance,
        org_id,
        org_id as org_name
    from charges
    {%- endif %}

),

named as (

    select
        charges.*,
        charges.charge_category = 'Usage' as is_usage,
        {{ month }} as period_start,
        {{ dbt.dateadd('month', 1, month) }} as period_end,
        {{ day }} as day_start,
        {{ dbt.dateadd('day', 1, day) }} as day_end,
        organizations.org_name,
        {%- for name, column in {
            'provider_name': 'charges.provider', 'publisher_name': 'coalesce(charges.model_developer, charges.provider)',
        }.items() %}
        case {{ column }}
            {%- for id, shown in names.items() %}
            when '{{ id }}' then '{{ shown }}'
            {%- endfor %}
            else coalesce(
                nullif({{ column }}, ''),
                case when charges.source_system = 'agents' then 'Agents platform' else 'Unknown' end
            )
        end as {{ name }},
        {%- endfor %}
        coalesce(charges.provider, charges.source_system)
        || '/' || coalesce(
            charges.price_model_id, charges.canonical_model_id, charges.model_id, charges.line_item, charges.resource_type
        )
        || '/' || charges.token_class as sku,
        case
            when charges.resource_type <> 'llm_tokens' and charges.line_item <> '' then charges.line_item
            when charges.token_class = 'unsplit' then 'tokens'
            else replace(replace(charges.token_class, 'unsplit:', ''), '_', ' ')
        end as meter,
        case
            when charges.source_system = 'billing' then 'Charges'
            when charges.token_class in ({{ tokenmart.quoted_list(tokenmart.token_classes() + ['unsplit']) }}) then 'Tokens'
            {%- for class, unit in units.items() %}
            when charges.token_class = '{{ class }}' then '{{ unit }}'
            {%- endfor %}
            else replace(replace(charges.token_class, 'quantity:', ''), '_', ' ')
        end as unit,
        case
            when charges.has_price then charges.processing || '/' || charges.price_band
            else charges.cost_basis
        end as priced_by,
        nullif('{' || concat_ws(
            ', '
            {%- for tag, value in tags.items() %},
            '"{{ tag }}": ' || {{ tokenmart.json_quoted(value) }}
            {%- endfor %}
        ) || '}', '{}') as tags_json
    from charges
    left join organizations
        on
            charges.source_instance = organizations.source_instance
            and charges.org_id = organizations.org_id

)

select
    *,
    coalesce(canonical_model_id || ' ', '') || meter || coalesce(', ' || nullif(processing, 'standard'), '') as description,
    case
        when is_usage and unit = 'Charges' then 1
        when is_usage then coalesce(quantity, 0)
    end as consumed_quantity,
    {%- for price in ['list', 'contracted'] %}
    case
        when has_price then {{ price }}_price
        when is_usage then cost_usd
    end as {{ price }}_unit_price,
    {%- endfor %}
    case
        when has_price then millions
        when is_usage then 1
    end as pricing_quantity,
    case
        when has_price then '1000000 ' || unit
        when is_usage then 'Charges'
    end as pricing_unit,
    sku || '/' || priced_by as sku_price,
    '{"x_TokenClass": ' || {{ tokenmart.json_quoted('token_class') }}
    || ', "x_PricedBy": ' || {{ tokenmart.json_quoted('priced_by') }} || '}' as sku_price_details
from named
