-- Grain: one row for each source row, without the key material, and for each provider and account of loader_tables.

with source as (

    {{ tokenmart.select_source('provider', 'provider_keys') }}
    {{ tokenmart.union_loaders('provider', 'provider_keys') }}

),

renamed as (

    select
        {{ tokenmart.literal(var('source_instance')) }} as source_instance,
        id as provider_key_id,
        user_id,
        provider,
        usage_mode,
        created_at
    from source

)

select * from renamed
