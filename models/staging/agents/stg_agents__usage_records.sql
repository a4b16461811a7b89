-- Grain: one row for each source row, unchanged but for names and types. Times are UTC.

with source as (

    {{ tokenmart.select_source('agents', 'usage_records') }}

),

renamed as (

    select
        -- ids
        {{ tokenmart.literal(var('source_instance')) }} as source_instance,
        id as usage_record_id,
        org_id,
        employee_id,
        agent_config_id,

        -- dimensions
        resource_type,
        token_source,
        metadata,

        -- timestamps
        period_start,
        period_end,
        created_at,

        -- numerics
        quantity,
        cost_usd as recorded_cost_usd
    from source

)

select * from renamed
