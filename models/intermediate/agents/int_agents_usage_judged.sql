-- Grain: one row a current row of the ledger that this run judges anew, or whose period may touch a day that it
-- counts anew, with every reason against it.
-- Guarantee: the rows of int_agents_usage_checked, worked out once for all that follows.
-- Traps: judging is dear, because it reads JSON. Rows are chosen before, by a pair of columns: Postgres would look through
-- all changes for each row if the subquery named one of its columns.

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

records as (

    {{ tokenmart.ledger_current(
        ref('ledger_usage_records'),
        only="(select bounds.is_whole from bounds)"
        ~ " or (versions.source_instance, versions.row_key) in (select changes.source_instance, changes.row_key from changes)"
        ~ " or (versions.period_end >= (select bounds.first_moment from bounds)"
        ~ " and versions.period_start <= (select bounds.last_moment from bounds))",
    ) }}

),

{{ tokenmart.checked_records() }}
