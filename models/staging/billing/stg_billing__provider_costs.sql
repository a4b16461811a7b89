-- Grain: one row for each source row; no rows if the source has no such table.

with source as (

    {{ tokenmart.select_source('billing', 'provider_costs') }}
    {{ tokenmart.union_loaders('billing', 'provider_costs') }}

),

renamed as (

    select
        {{ tokenmart.literal(var('source_instance')) }} as source_instance,
        usage_date as usage_date_utc,
        provider,
        project_id,
        api_key_id as openai_api_key_id,
        line_item,
        amount_usd as billed_cost_usd,
        quantity,
        currency
    from source

)

select * from renamed
