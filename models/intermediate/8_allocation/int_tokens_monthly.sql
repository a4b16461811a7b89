{{ config(materialized='ephemeral') }}

-- Grain: usage_month × price_provider × canonical_model_id × processing × token_class, per source_instance.
-- Guarantee: the counted tokens of the month, and their list cost; null where some of them have none.
-- Trap: priced_on, the last day of the month with usage, is the day on whose prices alternatives are priced.

with daily as (

    select
        *,
        cast({{ dbt.date_trunc('month', 'usage_date') }} as date) as usage_month
    from {{ ref('mart_cost_by_token_class_daily') }}
    where
        tokens <> 0
        and canonical_model_id is not null

),

days as (

    select
        source_instance,
        usage_month,
        max(usage_date) as priced_on
    from daily
    group by 1, 2

)

select
    daily.source_instance,
    daily.usage_month,
    coalesce(daily.price_provider, {{ tokenmart.plain_name('daily.provider') }}) as price_provider,
    daily.canonical_model_id,
    coalesce(daily.processing, 'standard') as processing,
    daily.token_class,
    days.priced_on,
    cast(sum(daily.tokens) as {{ dbt.type_bigint() }}) as tokens,
    case when count(*) = count(daily.list_cost_usd) then sum(daily.list_cost_usd) end as list_cost_usd
from daily
inner join days
    on
        daily.source_instance = days.source_instance
        and daily.usage_month = days.usage_month
group by 1, 2, 3, 4, 5, 6, 7
