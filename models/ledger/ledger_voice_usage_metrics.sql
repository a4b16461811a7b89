-- Grain: one row a version of a source row. Append-only: what left the source stays, marked.

{{ tokenmart.ledger('stg_voice__voice_usage_metrics', key=['voice_metric_id'], is_usage=true) }}
