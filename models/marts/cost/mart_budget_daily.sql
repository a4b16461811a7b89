-- Question: how does a budget burn down, day by day, and what is each coming day expected to cost?
-- Grain: budget_name × period_start × usage_date: each day of each period that has begun, to its end.
-- Guarantee: cost_usd of a period adds up to what the company paid for the scope, counted, in fct_cost_daily.
-- Traps: a day is seen (is_seen) once its source no longer changes it. A later day may have some cost already, and counts as much
-- as it is expected to cost at least: an unfinished day is no drop. expected_usd is an estimate, null while few days are known.

{%- set key = ['budget_name', 'valid_from'] %}

with
{{ tokenmart.company_costs(['all', 'org', 'team', 'project', 'model', 'key']) }},

budgets as (

    select distinct {{ (key + ['source_instance', 'scope', 'scope_id']) | join(', ') }}
    from {{ ref('int_budgets') }}

),

budget_costs as (

    select
        budgets.budget_name,
        budgets.valid_from,
        scoped_costs.usage_date,
        cast(sum(scoped_costs.cost_usd) as {{ tokenmart.type_money() }}) as cost_usd,
        sum(scoped_costs.unpriced_tokens) as unpriced_tokens
    from budgets
    inner join scoped_costs
        on
            budgets.scope = scoped_costs.dimension
            and coalesce(budgets.scope_id, '') = scoped_costs.dimension_value
            and coalesce(budgets.source_instance, scoped_costs.source_instance) = scoped_costs.source_instance
    group by 1, 2, 3

),

-- of several installations, the days that all of them have that still report
seen_budgets as (

    select
        budgets.budget_name,
        budgets.valid_from,
        firsts.first_cost_day,
        min(seen.first_day) as first_day,
        max(seen.last_day) as last_day,
        coalesce(min(case when seen.is_current then seen.seen_to end), max(seen.seen_to)) as seen_to
    from budgets
    left join seen on coalesce(budgets.source_instance, seen.source_instance) = seen.source_instance
    left join (
        select
            budget_name,
            valid_from,
            min(usage_date) as first_cost_day
        from budget_costs
        group by 1, 2
    ) as firsts using (budget_name, valid_from)
    group by 1, 2, 3

),

-- the last eight weeks, or as many of their days as the scope has been there
history as (

    select
        known.budget_name,
        known.valid_from,
        known.age,
        {{ tokenmart.iso_weekday('known.usage_date') }} as iso_weekday,
        cast(coalesce(budget_costs.cost_usd, 0) as {{ dbt.type_numeric() }}) as cost_usd
    from (
        select
            seen_budgets.*,
            ages.day_offset as age,
            cast({{ dbt.dateadd('day', '-ages.day_offset', 'seen_budgets.seen_to') }} as date) as usage_date
        from seen_budgets
        {{ tokenmart.cross_join_days(55, 'ages') }}
    ) as known
    left join budget_costs using (budget_name, valid_from, usage_date)
    where known.usage_date >= known.first_cost_day

),

{{ tokenmart.expected_by_weekday('history', key) }},

days as (

    select
        periods.*,
        seen_budgets.first_cost_day,
        seen_budgets.first_day,
        seen_budgets.last_day,
        seen_budgets.seen_to,
        cast({{ dbt.dateadd('day', 'offsets.day_offset', 'periods.period_start') }} as date) as usage_date
    from {{ ref('int_budgets') }} as periods
    inner join seen_budgets using (budget_name, valid_from)
    {{ tokenmart.cross_join_days(dbt.datediff('periods.period_start', 'periods.period_end', 'day'), 'offsets') }}

),

costed_days as (

    select
        days.*,
        budget_costs.unpriced_tokens,
        coalesce(days.usage_date between days.first_day and days.seen_to, false) as is_seen,
        coalesce(days.usage_date > days.seen_to, true) as is_ahead,
        coalesce(days.usage_date between days.first_day and days.last_day, false) as has_data,
        -- a day of the source's on which the scope used nothing cost nothing, if the scope is known at all
        case
            when budget_costs.usage_date is not null then budget_costs.cost_usd
            when days.usage_date between days.first_day and days.last_day and days.first_cost_day is not null then 0
        end as cost_usd,
        case
            when days.usage_date > days.seen_to and expected_days.known_days >= {{ var('forecast_minimum_days') }}
                then expected_days.expected_usd
        end as expected_usd,
        -- of all weekdays, those that are not known among them
        max(expected_days.deviation_usd) over (partition by days.budget_name, days.valid_from) as deviation_usd,
        max(expected_days.known_days) over (partition by days.budget_name, days.valid_from) as known_days
    from days
    left join budget_costs using (budget_name, valid_from, usage_date)
    left join expected_days
        on
            days.budget_name = expected_days.budget_name
            and days.valid_from = expected_days.valid_from
            and {{ tokenmart.iso_weekday('days.usage_date') }} = expected_days.iso_weekday

)

select
    {% for column in [
        'budget_name', 'source_instance', 'scope', 'scope_id', 'period', 'period_start', 'period_end', 'amount_usd', 'usage_date',
        'is_seen', 'is_ahead', 'has_data',
    ] -%}
    {{ column }},
    {% endfor -%}
    cast(cost_usd as {{ tokenmart.type_money() }}) as cost_usd,
    cast(coalesce(unpriced_tokens, 0) as {{ dbt.type_bigint() }}) as unpriced_tokens,
    -- the expected cost of a day that is not seen yet, and what it counts as with what it has already
    expected_usd,
    cast(
        case when is_ahead then greatest(expected_usd, coalesce(cost_usd, 0)) else cost_usd end
        as {{ tokenmart.type_money() }}
    ) as projected_usd,
    deviation_usd,
    cast(coalesce(known_days, 0) as {{ dbt.type_int() }}) as known_days,
    first_cost_day is not null as is_used
from costed_days
