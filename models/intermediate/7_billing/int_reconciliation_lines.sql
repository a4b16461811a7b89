{{ config(materialized='ephemeral') }}

-- Grain: a line of a bill, with what it says of the day that mart_cost_reconciliation_daily reconciles.
-- Guarantee: billed_cost_usd is that of every line; what a line charges for anything but known usage is also in
-- non_token_usd, credits_usd, unknown_lines_usd or of_no_usage_usd.
-- Trap: usage that reports no writes to a cache counts them as input. A line for such writes charges more than input does:
-- write_premium_usd is the difference, and only for a model whose usage of the day reports none.

{%- set money = tokenmart.type_money() %}

with lines as (

    select * from {{ ref('int_bill_scopes') }}

),

without_usage as (

    select * from {{ ref('int_unallocated_bill_lines') }}

),

reported_writes as (

    select distinct
        source_instance,
        usage_date_utc,
        price_provider,
        price_model_id
    from {{ ref('int_provider_usage_priced') }}
    where cache_write_input_tokens + cache_write_1h_input_tokens > 0

),

write_premiums as (

    select
        lines.source_instance,
        lines.line_key,
        cast(lines.billed_cost_usd as {{ dbt.type_numeric() }})
        * (1 - cast({{ tokenmart.ratio(
            'rates.uncached_text_input_contracted_usd', 'rates.cache_write_input_contracted_usd'
        ) }} as decimal(7, 6))) as write_premium_usd
    from {{ ref('int_bill_lines') }} as lines
    inner join {{ ref('int_usage_rates') }} as rates
        on
            {{ tokenmart.provider_of_bill('lines.provider') }} = rates.provider
            and lines.named_model = rates.model_id
            and coalesce(lines.processing, 'standard') = rates.processing
            and coalesce(lines.context_band, 'base') = rates.context_band
            and lines.usage_date_utc between rates.effective_from and rates.effective_to
    left join reported_writes
        on
            lines.source_instance = reported_writes.source_instance
            and lines.usage_date_utc = reported_writes.usage_date_utc
            and rates.price_provider = reported_writes.price_provider
            and rates.price_model_id = reported_writes.price_model_id
    where
        lines.direction = 'cache_write'
        and rates.cache_write_input_contracted_usd > rates.uncached_text_input_contracted_usd
        and reported_writes.price_model_id is null

)

select
    lines.source_instance,
    lines.usage_date_utc,
    lines.provider,
    coalesce(lines.usage_project, '') as project_id,
    coalesce(lines.usage_api_key, '') as openai_api_key_id,
    {{ tokenmart.project_group('lines.usage_project') }} as project_group,
    true as is_named_project,
    true as is_named_key,
    1 as line_count,
    cast(lines.billed_cost_usd as {{ money }}) as billed_cost_usd,
    {%- for kind, dollars in {'other': 'non_token_usd', 'credit': 'credits_usd', 'unknown': 'unknown_lines_usd'}.items() %}
    cast(case when lines.line_kind = '{{ kind }}' then lines.billed_cost_usd else 0 end as {{ money }}) as {{ dollars }},
    {%- endfor %}
    cast(
        case when without_usage.line_key is not null and lines.line_kind = 'model' then lines.billed_cost_usd else 0 end
        as {{ money }}
    ) as of_no_usage_usd,
    cast(coalesce(write_premiums.write_premium_usd, 0) as {{ money }}) as write_premium_usd
from lines
left join write_premiums
    on
        lines.source_instance = write_premiums.source_instance
        and lines.line_key = write_premiums.line_key
left join without_usage
    on
        lines.source_instance = without_usage.source_instance
        and lines.line_key = without_usage.line_key
