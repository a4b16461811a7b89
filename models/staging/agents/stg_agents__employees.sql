-- Grain: one row for each source row, without password, preferences and tokens.

with source as (

    {{ tokenmart.select_source('agents', 'employees') }}

),

renamed as (

    select
        {{ tokenmart.literal(var('source_instance')) }} as source_instance,
        id as employee_id,
        org_id,
        team_id,
        role_id,
        email,
        full_name,
        status,
        last_login_at,
        created_at,
        updated_at,
        deleted_at
    from source

)

select * from renamed
