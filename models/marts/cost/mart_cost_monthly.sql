-- Question: what did everything cost in each month, by source, owner, project and model at once?
-- Grain: month × source_system × org_id × team_id × employee_id × project_id × resource_type × model_id × canonical_model_id, per
-- source_instance. The marts of months by owner are made of its rows.
-- Guarantee: the sums of what is counted, so that a mart of months reads these rows and not each day's; money stays null where
-- nothing has a cost, and counted_row_count tells it from rows of which none is counted.
-- Trap: a month that is running is compared with the same days of the month before. comparable_company_cost_usd is the cost that
-- the next month is compared with: of all days, but where the next month is running, of the days up to its last one.

{%- set grain = [
    'source_instance', 'usage_month', 'source_system', 'org_id', 'team_id', 'employee_id', 'project_id', 'resource_type', 'model_id',
    'canonical_model_id',
] %}
{%- set next_month = 'cast(' ~ dbt.dateadd('month', 1, 'usage_month') ~ ' as date)' %}
{%- set month = dbt.date_trunc('month', 'usage_date') %}

with costs as (

    select
        *,
        cast({{ month }} as date) as usage_month
    from {{ ref('fct_cost_daily') }}

),

months as (

    select
        source_instance,
        usage_month,
        cast(count(distinct usage_date) as {{ dbt.type_int() }}) as days_covered,
        -- a bill may have lines of days to come, which end no month
        min(usage_date) <= {{ tokenmart.as_of_day() }} as has_begun,
        max(case when usage_date <= {{ tokenmart.as_of_day() }} then usage_date end) as last_date
    from costs
    where is_counted
    group by 1, 2

),

compared as (

    select
        source_instance,
        usage_month,
        days_covered,
        case
            -- the last month may be running; one that others follow is over
            when
                lead(usage_month) over of_months = {{ next_month }}
                and lead(usage_month, 2) over of_months is null
                and lead(last_date) over of_months
                < {{ dbt.last_day(next_month, 'month') }}
                then extract(day from lead(last_date) over of_months)
            else 31
        end as compared_through_day,
        lag(days_covered) over of_months as days_covered_before,
        lag(usage_month) over of_months
        = cast({{ dbt.dateadd('month', -1, 'usage_month') }} as date) as has_month_before
    from months
    window of_months as (partition by source_instance, has_begun order by usage_month)

)

select
    {% for column in grain -%}
    costs.{{ column }},
    {% endfor -%}
    {{ tokenmart.last_by(
        'costs.team_name', 'cast(costs.usage_date as ' ~ dbt.type_string() ~ ')', 'costs.team_name is not null'
    ) }} as team_name,
    max(compared.days_covered) as days_covered,
    max(case when compared.has_month_before then compared.days_covered_before end) as previous_days_covered,
    min(costs.usage_date) as first_usage_date,
    max(costs.usage_date) as last_usage_date,
    cast(count(case when costs.is_counted then 1 end) as {{ dbt.type_bigint() }}) as counted_row_count,
    {% for name, expression in tokenmart.summed_counts().items() -%}
    cast(sum({{ expression }}) as {{ dbt.type_bigint() }}) as {{ name }},
    {% endfor -%}
    {% for name, expression in tokenmart.summed_costs().items() -%}
    cast(sum({{ expression }}) as {{ tokenmart.type_of_sum(name) }}) as {{ name }},
    {% endfor -%}
    cast(
        sum(
            case
                when costs.is_counted and extract(day from costs.usage_date) <= compared.compared_through_day
                    then costs.company_cost_usd
            end
        ) as {{ tokenmart.type_money() }}
    ) as comparable_company_cost_usd
from costs
left join compared
    on
        costs.source_instance = compared.source_instance
        and costs.usage_month = compared.usage_month
group by {{ range(1, 1 + grain | length) | join(', ') }}
