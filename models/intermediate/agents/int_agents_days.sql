-- Grain: counted_date, a day of the reporting time zone, per source_instance: the days that this run counts anew.
-- Guarantee: every day that a judged record touches, or touched before it changed.
-- Trap: a period of which the end is midnight does not touch that day; one day too many does no harm.

with positions as (

    select distinct
        versions.source_instance,
        {{ tokenmart.to_reporting_date('versions.period_start') }} as first_date,
        {{ tokenmart.to_reporting_date(
            dbt.dateadd('second', 1, tokenmart.clamped('greatest(versions.period_end, versions.period_start)'))
        ) }} as last_date
    from {{ ref('ledger_usage_records') }} as versions
    inner join {{ ref('int_agents_changes') }} as changes
        on
            versions.source_instance = changes.source_instance
            and versions.row_key = changes.row_key
            and versions.row_version >= changes.since_version
    where
        {{ tokenmart.finite('versions.period_start') }} >= {{ tokenmart.earliest_moment() }}
        and versions.period_end <= {{ dbt.dateadd('day', var('max_period_days'), tokenmart.clamped('versions.period_start')) }}

),

days as (

    select
        positions.source_instance,
        cast({{ dbt.dateadd('day', 'offsets.day_offset', 'positions.first_date') }} as date) as counted_date
    from positions
    {{ tokenmart.cross_join_days(
        'greatest(' ~ dbt.datediff('positions.first_date', 'positions.last_date', 'day') ~ ', 0)', 'offsets'
    ) }}

)

select distinct
    source_instance,
    counted_date,
    true as is_touched,
    (
        select count(*) > 0
        from {{ ref('int_agents_changes') }} as changes
        where changes.is_whole
    ) as is_whole
from days
