-- Grain: one row for each version of a source row. Append-only: rows deleted at the source stay, marked as deleted.

{{ tokenmart.ledger('stg_voice__voice_usage_metrics', key=['voice_metric_id'], is_usage=true) }}
