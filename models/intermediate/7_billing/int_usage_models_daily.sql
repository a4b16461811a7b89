{{ config(materialized='ephemeral') }}

-- Grain: UTC day × provider × project × API key × model of the provider usage, as bills may name them.
-- Guarantee: '' where usage names no provider, project or key, so that lines of a bill are compared without nulls.
-- Trap: name is the model's name as a bill writes it (billed_name); model_id is the usage's own.

select distinct
    source_instance,
    usage_date_utc,
    {{ tokenmart.bill_provider() }} as provider,
    {{ tokenmart.billed_name('model_id') }} as name,
    coalesce(project_id, '') as project,
    coalesce(openai_api_key_id, '') as api_key,
    price_provider,
    price_model_id,
    model_id,
    coalesce(provider, '') as named_provider
from {{ ref('int_provider_usage_priced') }}
