-- Grain: one row a current row of the ledger that this run judges anew, or whose period may touch a day that it
-- counts anew, with every reason against it.
-- Guarantee: the rows of int_agents_usage_checked, worked out once for all that follows.
-- Trap: judging is dear, because it reads JSON. Rows are chosen before.

with changes as (

    select
        source_instance,
        row_key
    from {{ ref('int_agents_changes') }}
    where not is_whole

),

bounds as (

    select
        {{ dbt.dateadd('day', -2, 'min(counted_date)') }} as first_moment,
        {{ dbt.dateadd('day', 2, 'max(counted_date)') }} as last_moment,
        (
            select count(*) > 0
            from {{ ref('int_agents_changes') }} as everything
            where everything.is_whole
        ) as is_whole
    from {{ ref('int_agents_days') }}

),

current_records as (

    {{ tokenmart.ledger_current(ref('ledger_usage_records')) }}

),

records as (

    select current_records.*
    from current_records
    cross join bounds
    left join changes
        on
            current_records.source_instance = changes.source_instance
            and current_records.row_key = changes.row_key
    where
        bounds.is_whole
        or changes.row_key is not null
        or (
            current_records.period_end >= bounds.first_moment
            and current_records.period_start <= bounds.last_moment
        )

),

{{ tokenmart.checked_records() }}
