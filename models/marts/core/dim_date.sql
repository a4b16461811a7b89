-- Grain: one row for each day, from the first day with usage to the last, without gaps; no rows without usage.

with bounds as (

    select
        min(usage_date) as first_date,
        max(usage_date) as last_date
    from {{ ref('fct_cost_daily') }}

),

days as (

    select cast({{ dbt.dateadd('day', 'offsets.day_offset', 'bounds.first_date') }} as date) as date_day
    from bounds
    {{ tokenmart.cross_join_days(dbt.datediff('bounds.first_date', 'bounds.last_date', 'day'), 'offsets') }}

)

select
    date_day,
    cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start,
    cast({{ dbt.date_trunc('quarter', 'date_day') }} as date) as quarter_start,
    cast({{ dbt.date_trunc('year', 'date_day') }} as date) as year_start,
    cast(extract(year from date_day) as {{ dbt.type_int() }}) as year_number,
    cast(extract(month from date_day) as {{ dbt.type_int() }}) as month_number,
    cast(extract(day from date_day) as {{ dbt.type_int() }}) as day_of_month,
    {{ tokenmart.iso_weekday('date_day') }} as iso_weekday,
    {{ tokenmart.iso_weekday('date_day') }} >= 6 as is_weekend
from days
