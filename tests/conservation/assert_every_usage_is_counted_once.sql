-- Current ledger rows = counted + excluded + quarantined, in rows, tokens and recorded dollars,
-- for each source and UTC day.

select *
from {{ ref('audit_usage_conservation') }}
where
    rows_in <> rows_counted + rows_excluded + rows_quarantined
    or tokens_in <> tokens_counted + tokens_excluded + tokens_quarantined
    or recorded_cost_usd_in <> recorded_cost_usd_counted + recorded_cost_usd_excluded + recorded_cost_usd_quarantined
