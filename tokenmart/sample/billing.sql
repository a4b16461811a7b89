-- What the provider charged: the consumption of provider.sql by its own line items, and some that
-- are not tokens.

create table provider_costs as
with

billed as (
    select
        day,
        project_id,
        openai_api_key_id as api_key_id,
        -- A bill knows the model that a usage row only calls unknown.
        if(name in ('responses-create', 'unknown'), 'gpt-4.1-2025-04-14', name) as model,
        unnest([
            {'direction': 'input', 'tokens': sum(uncached)::bigint, 'price': price_in},
            {'direction': 'cached input', 'tokens': sum(cached)::bigint, 'price': price_cached},
            {'direction': 'output', 'tokens': sum(output)::bigint, 'price': price_out},
        ]) as line,
    from consumption
    where provider = 'openai' and not is_blank
    group by all
),

token_lines as (
    select
        day,
        project_id,
        api_key_id,
        model || ', ' || line.direction as line_item,
        dollars(line.tokens, line.price) as amount_usd,
        line.tokens as quantity,
    from billed
    where line.tokens > 0 and line.price > 0
),

other_lines as (
    select
        day,
        project_id,
        null as api_key_id,
        unnest(['web search tool calls', 'vector storage']) as line_item,
        quantity * if(line_item = 'vector storage', 0.1, 0.01) as amount_usd,
        whole(1, 90, line_item || project_id, day_no) as quantity,
    from calendar
    cross join (select distinct project_id from streams where provider = 'openai') as projects
    where project_id <> ''
),

lines as (
    select * from token_lines
    union all by name
    select * from other_lines
)

select
    day as usage_date,
    'openai' as provider,
    * exclude (day),
from lines;
