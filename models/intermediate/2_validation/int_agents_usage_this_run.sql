-- Grain: one row for each current row of the ledger that starts on a day that this run recomputes, or whose period may touch
-- one, with every reason for quarantine.
-- Guarantee: the rows of int_agents_usage_validated, worked out once for all that follows.
-- Trap: parsing JSON is expensive, so rows are chosen first. Postgres would search all days for each row if
-- the subquery named one of its columns.

with bounds as (

    select
        {{ dbt.dateadd('day', -2, 'min(recompute_date)') }} as first_moment,
        {{ dbt.dateadd('day', 2, 'max(recompute_date)') }} as last_moment
    from {{ ref('int_agents_days_to_recompute') }}

),

records as (

    {{ tokenmart.ledger_current(
        ref('ledger_usage_records'),
        only=tokenmart.start_date('versions.') ~ " in (select days.recompute_date from " ~ ref('int_agents_days_to_recompute') ~ " as days)"
        ~ " or (versions.period_end >= (select bounds.first_moment from bounds)"
        ~ " and versions.period_start <= (select bounds.last_moment from bounds))",
    ) }}

),

{{ tokenmart.validated_records() }}
