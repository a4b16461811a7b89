{{ tokenmart.recomputes_days('int_voice_days_to_recompute', day='usage_date') }}

-- Grain: usage_date, per source_instance.
-- Guarantee: nearest-rank percentiles: each is a latency that was really measured.
-- Traps: a latency of 0 means unknown, not fast, and takes no part. Percentiles cannot be added up
-- from finer rows, so this reads the counted events themselves; those of a day of the reporting time zone
-- are on two days in UTC.

with known as (

    select
        source_instance,
        {{ tokenmart.to_reporting_date('recorded_at') }} as usage_date,
        latency_ms
    from {{ ref('int_voice_usage_counted') }}
    where latency_ms > 0

),

daily as (

    select
        source_instance,
        usage_date,
        count(*) as known_latency_count,
        {{ tokenmart.nearest_rank(0.5, 'latency_ms') }} as p50_latency_ms,
        {{ tokenmart.nearest_rank(0.95, 'latency_ms') }} as p95_latency_ms
    from known
    group by 1, 2

)

select daily.*
from daily
inner join {{ ref('int_voice_days_to_recompute') }} as days
    on
        daily.source_instance = days.source_instance
        and daily.usage_date = days.recompute_date
where days.is_stale
