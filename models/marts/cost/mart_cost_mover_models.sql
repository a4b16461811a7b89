-- Question: on which model did a team, a key, or anything else spend more or less than the month before?
-- Grain: usage_month × dimension × dimension_value × canonical_model_id, per source_instance; each month with one before it. A
-- month that still runs, and one whose month before is not there from its start, are compared by the days that both have.
-- Guarantee: each dimension adds up to the company's counted cost in fct_cost_daily of the same days, to the last digit. What
-- names no value is a row with the value null.
-- Traps: each dimension holds all of the cost, so never add up two of them. repriced_usd is what the month's tokens would have
-- cost at the model's average price of the month before; it is null where the model had no tokens in one of them.

{%- set money = tokenmart.type_money() %}
{%- set key = ['source_instance', 'usage_month', 'dimension', 'dimension_value', 'canonical_model_id'] | join(', ') %}

with
{{ tokenmart.company_costs(['all', 'source_system', 'provider', 'org', 'team', 'project', 'model', 'key']) }},

-- each day is one of its own month, and one of the month before the next
sides as (

    select
        scoped_costs.*,
        sides.day_offset as is_previous,
        seen.first_day,
        seen.seen_to,
        cast(
            {{ dbt.dateadd('month', 'sides.day_offset', dbt.date_trunc('month', 'scoped_costs.usage_date')) }} as date
        ) as usage_month
    from scoped_costs
    inner join seen
        on
            scoped_costs.source_instance = seen.source_instance
            and scoped_costs.usage_date <= seen.seen_to
    {{ tokenmart.cross_join_days(1, 'sides') }}

),

compared as (

    select
        *,
        case
            when usage_month <= {{ dbt.dateadd('month', 1, 'first_day') }}
                then extract(day from first_day)
            else 1
        end as since_day,
        case
            when
                usage_month = cast({{ dbt.date_trunc('month', 'seen_to') }} as date)
                and extract(day from cast({{ dbt.dateadd('day', 1, 'seen_to') }} as date)) > 1
                then extract(day from seen_to)
            else 31
        end as until_day
    from sides
    where
        usage_month <= seen_to
        and usage_month > first_day

),

units as (

    select
        {{ key }},
        cast(min(since_day) as {{ dbt.type_int() }}) as since_day,
        cast(min(until_day) as {{ dbt.type_int() }}) as until_day,
        {% for side, prefix in {0: '', 1: 'previous_'}.items() -%}
        {% for column in ['cost_usd', 'tokens_cost_usd'] -%}
        cast(sum(case when is_previous = {{ side }} then {{ column }} end) as {{ money }}) as {{ prefix }}{{ column }},
        {% endfor -%}
        {% for column in ['costed_tokens', 'unpriced_tokens'] -%}
        cast(sum(case when is_previous = {{ side }} then {{ column }} else 0 end) as {{ dbt.type_bigint() }})
            as {{ prefix }}{{ column }},
        {% endfor -%}
        {% endfor -%}
        cast(
            coalesce(sum(case when is_previous = 0 then cost_usd end), 0)
            - coalesce(sum(case when is_previous = 1 then cost_usd end), 0)
            as {{ money }}
        ) as change_usd
    from compared
    where extract(day from usage_date) between since_day and until_day
    group by {{ key }}

)

select
    source_instance,
    usage_month,
    dimension,
    nullif(dimension_value, '') as dimension_value,
    canonical_model_id,
    since_day,
    until_day,
    {% for column in ['cost_usd', 'tokens_cost_usd', 'costed_tokens', 'unpriced_tokens'] -%}
    {{ column }},
    previous_{{ column }},
    {% endfor -%}
    change_usd,
    cast(
        case when costed_tokens > 0 then costed_tokens end
        * {{ tokenmart.ratio('previous_tokens_cost_usd * 1000000000000', 'previous_costed_tokens') }}
        * cast(0.000000000001 as decimal(12, 12))
        as {{ money }}
    ) as repriced_usd
from units
