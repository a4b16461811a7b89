{{ config(pre_hook="{{ tokenmart.assert_sound_budgets(ref('budgets')) }}") }}

-- Grain: budget_name × period_start: a line of the seed budgets in each of its periods that has begun by as_of.
-- Guarantee: of one scope, id and period at most one line holds on a day, and a name stands for one of them.
-- A period that valid_from or valid_to cuts short has the whole amount.

{%- set today = tokenmart.as_of_day() %}
{%- set number_of_months %}cast({{ dbt.datediff('begun.valid_from', 'begun.until', 'month') }} as {{ dbt.type_int() }}){% endset %}

with lines as (

    select
        trim(budget_name) as budget_name,
        nullif(trim(source_instance), '') as source_instance,
        trim(scope) as scope,
        nullif(trim(scope_id), '') as scope_id,
        cast(trim(amount_usd) as {{ dbt.type_numeric() }}) as amount_usd,
        trim(period) as period,
        {{ tokenmart.seed_day('valid_from', '1900-01-01') }} as valid_from,
        {{ tokenmart.seed_day('valid_to', '9999-12-31') }} as valid_to
    from {{ ref('budgets') }}

),

begun as (

    select
        *,
        least(valid_to, {{ today }}) as until
    from lines
    where valid_from <= {{ today }}

),

months as (

    select
        begun.*,
        cast({{ dbt.dateadd('month', 'offsets.day_offset', dbt.date_trunc('month', 'begun.valid_from')) }} as date) as month_start
    from begun
    {{ tokenmart.cross_join_days(number_of_months, 'offsets') }}

),

periods as (

    select distinct
        budget_name,
        source_instance,
        scope,
        scope_id,
        amount_usd,
        period,
        valid_from,
        valid_to,
        case period
            {%- for period in ['quarter', 'year'] %}
            when '{{ period }}' then cast({{ dbt.date_trunc(period, 'month_start') }} as date)
            {%- endfor %}
            when 'month' then month_start
            else valid_from
        end as starts_on
    from months

)

select
    budget_name,
    source_instance,
    scope,
    scope_id,
    amount_usd,
    period,
    valid_from,
    greatest(valid_from, starts_on) as period_start,
    case period
        {%- for period, months in {'month': 1, 'quarter': 3, 'year': 12}.items() %}
        when '{{ period }}'
            then least(valid_to, cast({{ dbt.dateadd('day', -1, dbt.dateadd('month', months, 'starts_on')) }} as date))
        {%- endfor %}
        else valid_to
    end as period_end
from periods
