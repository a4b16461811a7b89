-- Grain: one row for each source row; no rows if the source has no such table.

with source as (

    {{ tokenmart.select_source('agents', 'agents') }}

),

renamed as (

    select
        {{ tokenmart.literal(var('source_instance')) }} as source_instance,
        id as agent_id,
        name as agent_name,
        type as agent_type,
        provider,
        llm_model
    from source

)

select * from renamed
