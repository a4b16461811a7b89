-- Grain: one row for each source row, without settings and tokens.

with source as (

    {{ tokenmart.select_source('agents', 'organizations') }}

),

renamed as (

    select
        {{ tokenmart.literal(var('source_instance')) }} as source_instance,
        id as org_id,
        name as org_name,
        slug as org_slug,
        plan,
        max_employees,
        max_agents_per_employee,
        created_at,
        updated_at
    from source

)

select * from renamed
