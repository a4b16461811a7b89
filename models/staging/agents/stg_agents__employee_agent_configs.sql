-- Grain: one row for each source row, without the configuration's content and tokens.

with source as (

    {{ tokenmart.select_source('agents', 'employee_agent_configs') }}

),

renamed as (

    select
        {{ tokenmart.literal(var('source_instance')) }} as source_instance,
        id as agent_config_id,
        employee_id,
        agent_id,
        is_enabled,
        last_synced_at,
        created_at,
        updated_at
    from source

)

select * from renamed
