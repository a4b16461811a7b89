-- Grain: one row for each version of a source row. Append-only: rows deleted at the source stay, marked as deleted.
-- Trap: a bill line has no id. What it is for is its key, so that a corrected amount is a new version
-- of the line and not a second line.

{{ tokenmart.ledger('stg_billing__provider_costs',
    key=['usage_date_utc', 'provider', 'project_id', 'openai_api_key_id', 'line_item'],
) }}
