{{ config(group='usage') }}

-- Grain: one row for each provider and model, as usage and bills name them; '' is one that names no provider.
-- Guarantee: every pair that daily usage or a line of a bill has, so that each name is looked up once and not for each row.
-- Trap: only provider keys name a provider, in the application's words.

{%- set sources = tokenmart.usage_sources() %}

with
{% if 'provider' in sources %}
-- a key's provider is that of the day of use, so every one that it ever had
keys as (

    select distinct
        source_instance,
        provider_key_id,
        provider
    from {{ ref('ledger_provider_keys') }}
    where occurrence = 1

),
{% endif %}
named as (

    {% if 'provider' in sources -%}
    select
        coalesce(keys.provider, '') as provider,
        daily.model_id
    from {{ ref('int_provider_usage_daily') }} as daily
    left join keys
        on
            daily.source_instance = keys.source_instance
            and daily.provider_key_id = keys.provider_key_id
    {%- endif %}
    {%- if tokenmart.has_bills() %}
    union all
    select
        {{ tokenmart.provider_of_bill('provider') }} as provider,
        named_model as model_id
    from {{ ref('int_bill_lines') }}
    {%- endif %}
    {%- if 'agents' in sources %}
    {{ 'union all' if 'provider' in sources }}
    select
        '' as provider,
        model_id
    from {{ ref('int_agents_usage_daily') }}
    {%- endif %}
    {%- if 'voice' in sources %}
    {{ 'union all' if sources | length > 1 }}
    select
        '' as provider,
        model_id
    from {{ ref('ledger_voice_conversations') }}
    union all
    select
        '' as provider,
        {{ tokenmart.literal(var('voice_default_model')) }} as model_id
    union all
    select
        '' as provider,
        event_model_id as model_id
    from {{ ref('int_voice_usage_daily') }}
    {%- endif %}

)

select distinct
    provider,
    model_id
from named
where nullif(model_id, '') is not null
