-- What the provider charged: the consumption of provider.sql, and some that is not tokens.

create view provider_costs as
with

billed as (
    select
        day, project_id, openai_api_key_id as api_key_id, price_in, price_cached, price_out,
        -- A bill knows the model that a usage row calls unknown.
        if(name in ('responses-create', 'unknown'), 'gpt-4.1-2025-04-14', name) as model,
        sum(uncached) as uncached, sum(cached) as cached, sum(output) as output,
    from consumption
    where provider = 'openai' and ids <> 'blank'
    group by all
),

token_lines as (
    select
        day, project_id, api_key_id, quantity,
        model || ', ' || direction as line_item,
        dollars(quantity, price) as amount_usd,
    from billed
    cross join lateral (
        values
        ('input', uncached, price_in),
        ('cached input', cached, price_cached),
        ('output', output, price_out)
    ) as lines (direction, quantity, price)
    where quantity > 0 and price > 0
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

select *, day as usage_date, 'openai' as provider from token_lines
union all by name
select *, day as usage_date, 'openai' as provider from other_lines;
