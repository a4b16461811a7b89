-- Question: how much of each budget is spent, what will it be at the end of the period, and when does it run out?
-- Grain: budget_name × period_start: each period of a budget that has begun by as_of.
-- Guarantee: spent_usd is what the company paid for the scope, counted, in fct_cost_daily, to the last digit. A forecast is never
-- below what is spent, and one from few days is none (too_early).
-- Traps: budgets overlap where their scopes do, so they do not add up. A cost that is not known is in no sum: unpriced_tokens are
-- the tokens that spent_usd leaves out. Of a period that began before the first day with usage, it leaves out the days before.

{%- set money = tokenmart.type_money() %}

with days as (

    select
        *,
        sum(projected_usd) over (
            partition by budget_name, period_start
            order by usage_date
            rows between unbounded preceding and current row
        ) as cumulative_usd,
        known_days >= {{ var('forecast_minimum_days') }} as is_known
    from {{ ref('mart_budget_daily') }}

),

periods as (

    select
        budget_name,
        source_instance,
        scope,
        scope_id,
        period,
        period_start,
        period_end,
        amount_usd,
        is_known,
        is_used,
        known_days,
        deviation_usd,
        count(*) as days_in_period,
        count(case when is_seen then 1 end) as days_elapsed,
        count(case when cost_usd <> 0 then 1 end) as days_with_cost,
        count(case when has_data then 1 end) as days_with_data,
        count(case when is_ahead then 1 end) as days_ahead,
        sum(unpriced_tokens) as unpriced_tokens,
        sum(cost_usd) as spent_usd,
        sum(case when is_seen then cost_usd end) as seen_usd,
        sum(projected_usd) as projected_usd,
        min(case when cumulative_usd >= amount_usd then usage_date end) as runs_out_on
    from days
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12

),

forecasts as (

    select
        *,
        case
            when days_with_data = 0 then 'no_data'
            when days_ahead = 0 then 'final'
            when not is_known then 'too_early'
            else 'forecast'
        end as forecast_state,
        -- within this distance four of five periods end: that of a day, growing with the days ahead as the noise of each, and
        -- that of the level, which a week of days tells
        2.2 * deviation_usd * 0.000001
        * cast(1000000 * sqrt(cast(7 * days_ahead + days_ahead * days_ahead as double precision) / 7) as {{ dbt.type_bigint() }})
            as margin_usd
    from periods

),

bounds as (

    select
        *,
        case when forecast_state in ('final', 'forecast') then projected_usd end as forecast_usd,
        case
            when forecast_state = 'final' then projected_usd
            when forecast_state = 'forecast' then greatest(coalesce(spent_usd, 0), projected_usd - margin_usd)
        end as forecast_low_usd,
        case
            when forecast_state = 'final' then projected_usd
            when forecast_state = 'forecast' then projected_usd + margin_usd
        end as forecast_high_usd
    from forecasts

),

names as (

    {{ tokenmart.scope_names() }}

)

select
    bounds.budget_name,
    bounds.source_instance,
    bounds.scope,
    bounds.scope_id,
    names.value_name as scope_name,
    bounds.period,
    bounds.period_start,
    bounds.period_end,
    bounds.amount_usd,
    cast(bounds.spent_usd as {{ money }}) as spent_usd,
    cast(bounds.amount_usd - bounds.spent_usd as {{ money }}) as remaining_usd,
    {{ tokenmart.ratio('round(bounds.spent_usd, 6)', 'bounds.amount_usd') }} as share_spent,
    cast(bounds.unpriced_tokens as {{ dbt.type_bigint() }}) as unpriced_tokens,
    cast(bounds.days_in_period as {{ dbt.type_int() }}) as days_in_period,
    cast(bounds.days_elapsed as {{ dbt.type_int() }}) as days_elapsed,
    cast(bounds.days_with_cost as {{ dbt.type_int() }}) as days_with_cost,
    bounds.known_days,
    {{ tokenmart.ratio('round(bounds.seen_usd, 6)', 'bounds.days_elapsed') }} as burn_rate_usd_per_day,
    cast(bounds.forecast_usd as {{ money }}) as forecast_usd,
    cast(bounds.forecast_low_usd as {{ money }}) as forecast_low_usd,
    cast(bounds.forecast_high_usd as {{ money }}) as forecast_high_usd,
    bounds.forecast_state,
    case when bounds.days_with_data > 0 then bounds.runs_out_on end as runs_out_on,
    case
        when bounds.days_with_data = 0 then 'no_data'
        when not bounds.is_used then 'no_usage'
        when bounds.spent_usd > bounds.amount_usd then 'over'
        when bounds.forecast_state = 'too_early' then 'too_early'
        when bounds.forecast_usd > bounds.amount_usd then 'at_risk'
        else 'within'
    end as status
from bounds
left join names
    on
        bounds.scope = names.dimension
        and bounds.scope_id = names.dimension_value
