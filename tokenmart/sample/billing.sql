-- What the provider charged: the consumption of provider.sql, each class of tokens at its own price, and some that is
-- not tokens.

create view provider_costs as
with

priced as (
    select
        consumption.* exclude (service_tier, price_in, price_cached, price_out),
        coalesce(tiers.price_in, if(kind = 'image', 5, consumption.price_in)) as price_in,
        coalesce(tiers.price_cached, consumption.price_cached) as price_cached,
        coalesce(tiers.price_out, consumption.price_out) as price_out,
        -- A bill knows the model that a usage row calls unknown.
        if(name in ('responses-create', 'unknown'), 'gpt-4.1-2025-04-14', name) as billed_model,
    from consumption
    left join tiers using (name, service_tier)
    -- Who shares data has tokens for free.
    where provider = 'openai' and ids <> 'blank' and service_tier is distinct from 'incentivized-tier'
),

token_lines as (
    select
        day, project_id, openai_api_key_id as api_key_id,
        billed_model || ', ' || class as line_item,
        sum(tokens) as quantity,
        sum(dollars(tokens, price)) as amount_usd,
    from priced
    cross join lateral (
        values
        ('input', uncached - audio - image, price_in),
        ('cached input', cached - cached_audio, price_cached),
        ('output', output - output_audio, price_out),
        ('audio input', audio, 40),
        ('cached audio input', cached_audio, 2.5),
        ('audio output', output_audio, 80),
        ('image input', image, 10)
    ) as classes (class, tokens, price)
    where tokens > 0 and price > 0
    group by all
),

other_lines as (
    select
        day, project_id, line_item,
        whole(1, 9, line_item || project_id, day_no) as quantity,
        quantity * price as amount_usd,
    from calendar
    cross join (select distinct project_id from streams where provider = 'openai') as projects
    cross join (
        values ('web search tool calls', 0.01), ('vector storage', 0.1)
    ) as items (line_item, price)
    where project_id <> ''
)

select
    *,
    day as usage_date, 'openai' as provider, 'USD' as currency,
    null as line_id, null as reported_by,
from (from token_lines union all by name from other_lines);
