-- Grain: counted_date, a day in UTC, per source_instance: the days that this run counts anew (is_touched), and those
-- beside them that it must look at to do so.
-- Trap: a response just before midnight is retried just after it, and a day of the reporting time zone
-- has hours of two days in UTC, from ten hours before midnight in the farthest east.

{{ tokenmart.days_to_count(
    'int_voice_usage_daily',
    ref('ledger_voice_usage_metrics'),
    reach=1 + ([var('voice_retry_seconds') - 36000, 0] | max / 86400) | round(0, 'ceil') | int,
) }}
