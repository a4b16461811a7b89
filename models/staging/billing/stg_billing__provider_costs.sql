-- Grain: one row for each source row, and for each day, project and line of the tables in loader_tables; no rows if there is
-- no table.

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
