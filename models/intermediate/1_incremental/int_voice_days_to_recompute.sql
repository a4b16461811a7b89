-- Grain: recompute_date, a day in UTC, per source_instance: the days that this run recomputes (is_stale), and those
-- next to them that it must read to do so.
-- Trap: a response just before midnight is retried just after it, and a day of the reporting time zone
-- has hours of two days in UTC, from ten hours before midnight in the farthest east.

{%- set reach = 1 + ([tokenmart.number_of('voice_retry_seconds') - 36000, 0] | max / 86400) | round(0, 'ceil') | int %}

with rows_by_day as (

    select
        metrics.source_instance,
        metrics.usage_date_utc as first_date,
        metrics.usage_date_utc as last_date,
        sum({{ tokenmart.row_hash(
            '(metrics.row_key, metrics.row_version, metrics.first_observed_at, metrics.content_hash)'
        ) }}) as hash_sum,
        count(*) as row_count
    from (
        {{ tokenmart.ledger_current(ref('ledger_voice_usage_metrics'), [
            'source_instance', 'row_key', 'row_version', 'first_observed_at', 'content_hash', 'usage_date_utc',
        ]) }}
    ) as metrics
    where metrics.usage_date_utc is not null
    group by 1, 2, 3

),

{{ tokenmart.digests_of_days('rows_by_day', reach) }},

{{ tokenmart.days_to_recompute(reach, counts=true) }}
