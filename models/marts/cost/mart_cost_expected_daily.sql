-- Question: what was each day expected to cost, by the days before it?
-- Grain: usage_date × dimension × dimension_value, per source_instance: the last days that were seen (anomaly_days) of each
-- organization, project, model and key, and of all, that cost anomaly_minimum_usd on a day of the time looked at.
-- Guarantee: a day is looked at by the six weeks before it alone, so later builds expect the same unless its source changes.
-- Traps: each dimension holds all of the cost, so never add up two of them. Days that their source may still change are left out.

{%- set money = tokenmart.type_money() %}
{%- set known = 42 %}
{%- set asked = tokenmart.number_of('anomaly_days') %}
{%- set series = ['source_instance', 'dimension', 'dimension_value'] %}
{%- set key = series + ['usage_date'] %}

with
{{ tokenmart.company_costs(['all', 'org', 'project', 'model', 'key']) }},

daily as (

    select
        {{ series | join(', ') }},
        usage_date,
        cast(sum(cost_usd) as {{ money }}) as cost_usd
    from scoped_costs
    where dimension_value is not null
    group by {{ series | join(', ') }}, usage_date

),

-- every day of a series that a judgement looks at, since its first one
days as (

    select
        {% for column in series -%}
        spans.{{ column }},
        {% endfor -%}
        spans.usage_date,
        {{ tokenmart.iso_weekday('spans.usage_date') }} as iso_weekday,
        spans.age,
        coalesce(daily.cost_usd, 0) as cost_usd
    from (
        select
            firsts.*,
            ages.day_offset as age,
            cast({{ dbt.dateadd('day', '-ages.day_offset', 'firsts.seen_to') }} as date) as usage_date
        from (
            select
                {% for column in series -%}
                daily.{{ column }},
                {% endfor -%}
                seen.seen_to,
                min(daily.usage_date) as first_day
            from daily
            inner join seen on daily.source_instance = seen.source_instance
            group by {{ range(1, 5) | join(', ') }}
            having max(
                case
                    when daily.usage_date >= {{ dbt.dateadd('day', -(asked + known), 'seen.seen_to') }}
                        then daily.cost_usd
                end
            ) >= {{ var('anomaly_minimum_usd') }}
        ) as firsts
        {{ tokenmart.cross_join_days(asked + known - 1, 'ages') }}
    ) as spans
    left join daily using ({{ key | join(', ') }})
    where spans.usage_date >= spans.first_day

),

history as (

    select
        {% for column in series -%}
        past.{{ column }},
        {% endfor -%}
        days.usage_date,
        past.iso_weekday,
        past.age - days.age - 1 as age,
        cast(past.cost_usd as {{ dbt.type_numeric() }}) as cost_usd
    from days
    inner join days as past
        on
            days.source_instance = past.source_instance
            and days.dimension = past.dimension
            and days.dimension_value = past.dimension_value
            and past.age between days.age + 1 and days.age + {{ known }}
    where days.age < {{ asked }}

),

{{ tokenmart.expected_by_weekday('history', key) }}

select
    days.source_instance,
    days.usage_date,
    days.dimension,
    nullif(days.dimension_value, '') as dimension_value,
    cast(days.cost_usd as {{ money }}) as cost_usd,
    cast(coalesce(expected_days.known_days, 0) as {{ dbt.type_int() }}) as known_days,
    expected_days.expected_usd,
    cast(expected_days.median_deviation_usd as {{ dbt.type_numeric() }}) as median_deviation_usd
from days
left join expected_days using ({{ key | join(', ') }}, iso_weekday)
where days.age < {{ asked }}
