-- Source: billing. What the provider charged, one line a row; there is no key.

-- optional
create table provider_costs (
    usage_date date,
    provider text,
    project_id text,
    api_key_id text,
    line_item text,
    amount_usd numeric(18, 6),
    quantity numeric(38, 9),
    currency text,
    line_id text,
    reported_by text
);
