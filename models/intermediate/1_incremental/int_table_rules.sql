{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

-- Grain: built_table: by which rules its rows were made.
-- Guarantee: written only in the transaction that writes the rows.

select
    cast(null as {{ dbt.type_string() }}) as built_table,
    cast(null as {{ dbt.type_string() }}) as rules_hash,
    cast(null as {{ dbt.type_string() }}) as variables
where 1 = 0
