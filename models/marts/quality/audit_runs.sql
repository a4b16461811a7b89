{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false, on_schema_change='append_new_columns') }}

-- Question: when did builds run, how did they end, and what had they accounted for by then?
-- Grain: run_id.
-- Guarantee: one row for each run that built models and reached its end, also one that failed; kept through --full-refresh.
-- Trap: a run that was refused or killed has no row, so the last row grows old. The rows come from the hook record_run(), which
-- alone knows how a run ended; this query is their form.

select
    cast(null as {{ dbt.type_string() }}) as run_id,
    cast(null as {{ dbt.type_string() }}) as source_instance,
    cast(null as {{ dbt.type_string() }}) as command,
    cast(null as {{ dbt.type_timestamp() }}) as started_at,
    cast(null as {{ dbt.type_timestamp() }}) as ended_at,
    cast(null as {{ dbt.type_timestamp() }}) as as_of,
    cast(null as {{ dbt.type_string() }}) as outcome,
    cast(null as {{ dbt.type_boolean() }}) as reads_sources,
    cast(null as {{ dbt.type_bigint() }}) as models_built,
    cast(null as {{ dbt.type_bigint() }}) as warning_count,
    cast(null as {{ dbt.type_bigint() }}) as failure_count,
    cast(null as {{ dbt.type_string() }}) as failures,
    cast(null as {{ dbt.type_bigint() }}) as rows_in,
    cast(null as {{ dbt.type_bigint() }}) as rows_counted,
    cast(null as {{ dbt.type_bigint() }}) as rows_excluded,
    cast(null as {{ dbt.type_bigint() }}) as rows_quarantined
where 1 = 0
