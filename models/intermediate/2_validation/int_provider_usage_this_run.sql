-- Grain: one row for each current row of the ledger on a day of this run, with every reason for quarantine.
-- Guarantee: the rows of int_provider_usage_validated, worked out once for all that follows: those of days that are recomputed,
-- and of days that are only compared with them, whose rows int_provider_usage_daily leaves out (is_stale).
-- Trap: DuckDB skips the other days of the ledger only where a query reads the validated rows once, Postgres
-- only by a condition on the day.

select validated.*
from {{ ref('int_provider_usage_validated') }} as validated
inner join {{ ref('int_provider_days_to_recompute') }} as days
    on
        validated.source_instance = days.source_instance
        and validated.usage_date_utc = days.recompute_date
{{ tokenmart.prune_other_days('validated.usage_date_utc', ref('int_provider_days_to_recompute')) }}
