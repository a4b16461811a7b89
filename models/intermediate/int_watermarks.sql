{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

-- Grain: consumer × ledger: the last batch of the ledger that the consumer has counted.
-- Guarantee: written in the transaction of the counting itself, and by nobody else.
-- Trap: a watermark taken from the data would lose the days that became empty.

select
    cast(null as {{ dbt.type_string() }}) as consumer,
    cast(null as {{ dbt.type_string() }}) as ledger,
    cast(null as {{ dbt.type_bigint() }}) as batch_id,
    cast(null as {{ dbt.type_string() }}) as fingerprint
where 1 = 0
