{#
    What a day of each weekday is expected to cost, from a series' recent days: a level from the last four weeks, in which a week
    weighs twice as much as the one before, times the weekday's share of the days looked at, moved a little towards an even
    week. Days far above their weekday count as much as a high day at most, so one spike moves nothing. Writes the CTEs from
    weekday_medians to expected_days, which has, for each weekday, expected_usd, deviation_usd (the mean distance of a day
    from what was expected), median_deviation_usd (the median one, which spikes do not widen) and known_days (how many days
    were looked at).

    history: a CTE with the keys, cost_usd with six decimals, iso_weekday, and age, 0 for the latest day; no day is missing
    keys:    what names a series
#}
{% macro expected_by_weekday(history, keys) %}
{%- set key = keys | join(', ') -%}
weekday_medians as (

    select
        {{ key }},
        iso_weekday,
        {{ tokenmart.nearest_rank(0.5, 'cost_usd') }} as median_usd
    from {{ history }}
    group by {{ key }}, iso_weekday

),

high_days as (

    select
        {{ key }},
        {{ tokenmart.nearest_rank(0.9, 'cost_usd') }} as high_usd
    from {{ history }}
    group by {{ key }}

),

capped_days as (

    select
        {{ history }}.*,
        least(cost_usd, greatest(cast(2 * median_usd as {{ dbt.type_numeric() }}), high_usd)) as capped_usd,
        case when age < 7 then 8 when age < 14 then 4 when age < 21 then 2 when age < 28 then 1 else 0 end as weight
    from {{ history }}
    inner join weekday_medians using ({{ key }}, iso_weekday)
    inner join high_days using ({{ key }})

),

weekday_sums as (

    select
        {{ key }},
        iso_weekday,
        count(*) as day_count,
        sum(capped_usd) as total_usd,
        {{ tokenmart.ratio(
            'sum(sum(capped_usd)) over (partition by ' ~ key ~ ')', 'sum(count(*)) over (partition by ' ~ key ~ ')'
        ) }} as mean_usd
    from capped_days
    group by {{ key }}, iso_weekday

),

weekday_shares as (

    select
        *,
        case
            when mean_usd > 0 then {{ tokenmart.ratio('total_usd + mean_usd', '(day_count + 1) * mean_usd') }}
            else 1
        end as weekday_share
    from weekday_sums

),

levels as (

    select
        {{ key }},
        {{ tokenmart.ratio('sum(weight * capped_usd)', 'sum(weight * weekday_share)') }} as level_usd
    from capped_days
    inner join weekday_shares using ({{ key }}, iso_weekday)
    group by {{ key }}

),

weekday_levels as (

    select
        {{ key }},
        iso_weekday,
        cast(coalesce(level_usd, 0) * weekday_share as {{ dbt.type_numeric() }}) as expected_usd
    from weekday_shares
    inner join levels using ({{ key }})

),

deviations as (

    select
        {{ key }},
        count(*) as known_days,
        {{ tokenmart.ratio('sum(abs(cost_usd - expected_usd))', 'count(*)') }} as deviation_usd,
        {{ tokenmart.nearest_rank(0.5, 'abs(cost_usd - expected_usd)') }} as median_deviation_usd
    from {{ history }}
    inner join weekday_levels using ({{ key }}, iso_weekday)
    group by {{ key }}

),

expected_days as (

    select *
    from weekday_levels
    inner join deviations using ({{ key }})

)
{%- endmacro %}
