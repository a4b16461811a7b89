-- Question: which day's spend was unusual, by how much, and what was behind it?
-- Grain: usage_date × dimension × dimension_value, per source_instance, as mart_cost_expected_daily.
-- Guarantee: every day has a state. One is unusual if it is further from what was expected than anomaly_deviations times the
-- usual distance (as that of a normal distribution), than three tenths of what was expected, and than anomaly_minimum_usd.
-- Traps: no_baseline is no alarm: fewer days are known than anomaly_minimum_days. Each dimension holds all of the cost, so one
-- spike stands in several; the driver is what is furthest from its own average, by the other dimensions: evidence, not proof.

{%- set money = tokenmart.type_money() %}
{%- set numeric = dbt.type_numeric() %}
{%- set before = 'round(coalesce(sum(case when driver_date < usage_date then driver_cost_usd end), 0), 6)' %}
{%- set series = ['source_instance', 'dimension', 'dimension_value', 'usage_date'] | join(', ') %}
{%- set dimensions = {'model': 'canonical_model_id', 'key': 'key_id', 'project': 'project_id', 'org': 'org_id'} %}

with
{{ tokenmart.company_costs(['all']) }},

names as (

    {{ tokenmart.scope_names() }}

),

ranges as (

    select
        *,
        case
            when known_days >= {{ var('anomaly_minimum_days') }}
                then greatest(
                    cast(1.4826 * {{ var('anomaly_deviations') }} * median_deviation_usd as {{ numeric }}),
                    cast(0.3 * abs(expected_usd) as {{ numeric }}),
                    {{ var('anomaly_minimum_usd') }}
                )
        end as margin_usd
    from {{ ref('mart_cost_expected_daily') }}

),

judged as (

    select
        *,
        case
            when margin_usd is null then 'no_baseline'
            when cost_usd > expected_usd + margin_usd then 'anomaly_high'
            when cost_usd < expected_usd - margin_usd then 'anomaly_low'
            else 'normal'
        end as state
    from ranges

),

-- the days that are unusual, with the four weeks before each, by everything else that may be behind it
involved as (

    select
        judged.*,
        drivers.driver_dimension,
        drivers.place as dimension_place,
        case drivers.driver_dimension
            {%- for dimension, column in dimensions.items() %}
            when '{{ dimension }}' then costs.{{ column }}
            {%- endfor %}
        end as driver_value,
        costs.usage_date as driver_date,
        costs.cost_usd as driver_cost_usd
    from judged
    inner join costs
        on
            judged.source_instance = costs.source_instance
            and costs.usage_date between {{ dbt.dateadd('day', -28, 'judged.usage_date') }} and judged.usage_date
            and case judged.dimension
                {%- for dimension, column in dimensions.items() %}
                when '{{ dimension }}' then costs.{{ column }} = judged.dimension_value
                {%- endfor %}
                else true
            end
    inner join (
        {%- for dimension in dimensions %}
        {{ 'union all' if not loop.first }}
        select
            '{{ dimension }}' as driver_dimension,
            {{ loop.index }} as place
        {%- endfor %}
    ) as drivers on judged.dimension <> drivers.driver_dimension
    where judged.state in ('anomaly_high', 'anomaly_low')

),

drivers as (

    select
        {{ series }},
        driver_dimension,
        driver_value,
        cast(
            coalesce(sum(case when driver_date = usage_date then driver_cost_usd end), 0)
            - {{ tokenmart.ratio(before, '28') }}
            as {{ money }}
        ) as driver_excess_usd,
        min(dimension_place) as dimension_place,
        max(case when state = 'anomaly_low' then -1 else 1 end) as direction
    from involved
    where driver_value is not null
    group by {{ series }}, driver_dimension, driver_value

),

placed as (

    select
        *,
        row_number() over (
            partition by {{ series }}
            order by direction * driver_excess_usd desc, dimension_place, {{ tokenmart.in_byte_order('driver_value') }}
        ) as place
    from drivers

)

select
    judged.source_instance,
    judged.usage_date,
    judged.dimension,
    judged.dimension_value,
    names.value_name,
    judged.state,
    judged.cost_usd,
    case when judged.margin_usd is not null then judged.expected_usd end as expected_usd,
    cast(greatest(judged.expected_usd - judged.margin_usd, least(judged.expected_usd, 0)) as {{ numeric }}) as expected_low_usd,
    cast(judged.expected_usd + judged.margin_usd as {{ numeric }}) as expected_high_usd,
    cast(
        case when judged.margin_usd is not null then judged.cost_usd - judged.expected_usd end as {{ money }}
    ) as excess_usd,
    judged.known_days,
    placed.driver_dimension,
    placed.driver_value,
    placed.driver_excess_usd
from judged
left join placed
    on
        placed.place = 1
        and judged.source_instance = placed.source_instance
        and judged.dimension = placed.dimension
        and coalesce(judged.dimension_value, '') = coalesce(placed.dimension_value, '')
        and judged.usage_date = placed.usage_date
left join names
    on
        judged.dimension = names.dimension
        and judged.dimension_value = names.dimension_value
