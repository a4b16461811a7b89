-- Grain: counted_date, a day in UTC, per source_instance: the days that this run counts anew (is_touched), and those
-- beside them that it must look at to do so.
-- Trap: a window reaches into the days beside it. What it covers there, and what covers that, is at most
-- two lengths of a window away.

{{ tokenmart.days_to_count(
    'int_provider_usage_daily',
    ref('ledger_usage_events'),
    reach=2 * ((var('max_window_hours') / 24) | round(0, 'ceil') | int),
    parent={'ledger': ref('ledger_provider_keys'), 'key': 'provider_key_id'},
) }}
