{{ config(materialized='ephemeral') }}

-- Grain: a current line of a bill that is for no usage, as a row of fct_cost_daily.
-- Guarantee: its dollars are its cost, whatever they are for; it has no tokens, so nothing of it is priced.
-- Trap: a bill's day is one of UTC, and cannot be cut again, so usage_date is the same.

{%- set no_tokens = 'cast(0 as ' ~ dbt.type_bigint() ~ ')' %}
{%- set no_cost = 'cast(null as ' ~ tokenmart.type_money() ~ ')' %}
{%- set no_savings = 'cast(0 as ' ~ tokenmart.type_money() ~ ')' %}

select
    {{ tokenmart.grain_key(['source_instance', 'line_key']) }} as usage_key,
    source_instance,
    usage_date_utc as usage_date,
    usage_date_utc,
    project_id,
    openai_api_key_id,
    case line_kind when 'credit' then 'credits' when 'other' then 'other_charges' else 'llm_tokens' end as resource_type,
    cast(null as {{ dbt.type_string() }}) as model_id,
    {{ tokenmart.is_provisional('usage_date_utc') }} as is_provisional,
    nullif(provider, '') as provider,
    {{ tokenmart.provider_of_bill('provider') }} as model_provider,
    case when line_kind = 'model' then named_model end as named_model,
    {% for count in ['record_count', 'input_tokens', 'output_tokens', 'total_tokens', 'cached_input_tokens'] -%}
    {{ no_tokens }} as {{ count }},
    {% endfor -%}
    {{ no_cost }} as list_cost_usd,
    {{ no_cost }} as contracted_cost_usd,
    cast(null as {{ dbt.type_numeric() }}) as recorded_cost_usd,
    billed_cost_usd,
    cast(billed_cost_usd as {{ tokenmart.type_money() }}) as cost_usd,
    'billed' as cost_basis,
    'no_tokens' as pricing_status,
    {{ no_savings }} as caching_savings_usd,
    {{ no_savings }} as processing_savings_usd
from {{ ref('int_unallocated_bill_lines') }}
