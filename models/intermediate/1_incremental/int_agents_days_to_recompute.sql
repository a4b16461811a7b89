-- Grain: recompute_date, a day of the reporting time zone, per source_instance: the days that this run recomputes.
-- Guarantee: every day that the period of a changed record touches, or touched before; one that cannot be counted
-- touches the day on which it starts.
-- Trap: which day of the reporting time zone a moment is on is expensive to work out. One day more on either side does no harm.

with known_organizations as (

    select distinct
        source_instance,
        org_id
    from {{ ref('ledger_organizations') }}

),

rows_by_period as (

    select
        records.source_instance,
        {{ tokenmart.start_date('records.') }} as first_date,
        cast(
            case
                when
                    {{ tokenmart.finite('records.period_start') }} >= {{ tokenmart.earliest_moment() }}
                    and records.period_end > records.period_start
                    and records.period_end
                    <= {{ dbt.dateadd('day', var('max_period_days'), tokenmart.clamped('records.period_start')) }}
                    -- an end at 23:59:59 is the next midnight
                    then {{ dbt.dateadd('second', 1, tokenmart.clamped('records.period_end')) }}
                else records.period_start
            end as date
        ) as last_date,
        sum({{ tokenmart.row_hash(
            '(records.row_key, records.row_version, records.first_observed_at, records.content_hash,'
            ~ ' known_organizations.org_id is null)'
        ) }}) as hash_sum,
        count(*) as row_count
    from (
        {{ tokenmart.ledger_current(ref('ledger_usage_records'), [
            'source_instance', 'row_key', 'row_version', 'first_observed_at', 'content_hash', 'org_id', 'period_start', 'period_end',
        ]) }}
    ) as records
    left join known_organizations
        on
            records.source_instance = known_organizations.source_instance
            and records.org_id = known_organizations.org_id
    where {{ tokenmart.start_date('records.') }} is not null
    group by 1, 2, 3

),

{{ tokenmart.digests_of_days('rows_by_period', reach=1) }},

{{ tokenmart.days_to_recompute(counts=true) }}
