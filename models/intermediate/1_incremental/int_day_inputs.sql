{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns', full_refresh=false) }}

-- Grain: built_table × recompute_date, per source_instance: what the day's rows in the table were made of, and their number.
-- Guarantee: written only in the transaction that recomputes the day.
-- Trap: reading the days of the last run alone would miss those of a run that was interrupted before.

select
    cast(null as {{ dbt.type_string() }}) as built_table,
    cast(null as {{ dbt.type_string() }}) as source_instance,
    cast(null as date) as recompute_date,
    cast(null as {{ dbt.type_string() }}) as inputs_digest,
    cast(null as {{ dbt.type_bigint() }}) as row_count
where 1 = 0
