-- Grain: one row for each source row; no rows if the source has no such table.

with source as (

    {{ tokenmart.select_source('agents', 'teams') }}

),

renamed as (

    select
        {{ tokenmart.literal(var('source_instance')) }} as source_instance,
        id as team_id,
        org_id,
        name as team_name
    from source

)

select * from renamed
