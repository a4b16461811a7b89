{#
    What each owner used and cost in each month: all CTEs of a model, of which the last is `owned`. Its rows have all measures of
    the marts of months (owned_measures). The sum of a month's rows is that of fct_cost_daily, whatever the owner; cost without
    one has a row with nulls.

    owner    the columns that name an owner; a cost has one if the last of them, and those of within, are filled
    within   those of them within which a cost without an owner is shared; none: the whole month
    detail   further columns of the grain
    is_shared  whether cost without an owner may be spread over owners

    How cost without an owner is spread: macros/cost/shared_cost_weight.sql. The rows that it is taken from show it below 0.
#}
{% macro cost_by_owner_monthly(owner, within=[], detail=[], is_shared=true) %}
{%- set money = tokenmart.type_money() -%}
{%- set month = ['source_instance', 'usage_month'] -%}
{%- set method = var('shared_cost_method') if is_shared else 'none' -%}
{%- set owner_name = owner | last -%}
{%- set pool = (month + within) | join(', ') -%}
{%- set order = [] -%}
{%- for column in owner + detail -%}{%- do order.append(tokenmart.in_byte_order(column)) -%}{%- endfor -%}
{%- set owned = (within + [owner_name]) | join(' is not null and ') ~ ' is not null' -%}
{%- set of_owner = 'partition by ' ~ (month + owner) | join(', ') -%}
{%- set place = 'row_number() over (' ~ of_owner ~ ' order by ' ~ order | join(', ') ~ ')' -%}
{%- set rows_of_owner = 'count(*) over (' ~ of_owner ~ ')' -%}
{%- set sources = {'agents_cost_usd': ['agents'], 'provider_cost_usd': ['provider', 'billing'], 'voice_cost_usd': ['voice']} -%}

with months as (

    select * from {{ ref('mart_cost_monthly') }}

),

summed as (

    select
        {% for column in month + owner + detail -%}
        {{ column }},
        {% endfor -%}
        max(days_covered) as days_covered,
        max(previous_days_covered) as previous_days_covered,
        min(first_usage_date) as first_usage_date,
        max(last_usage_date) as last_usage_date,
        {{ tokenmart.last_by('team_name', 'cast(last_usage_date as ' ~ dbt.type_string() ~ ')', 'team_name is not null') }} as team_name,
        {% for count in tokenmart.summed_counts() -%}
        cast(sum({{ count }}) as {{ dbt.type_bigint() }}) as {{ count }},
        {% endfor -%}
        {% for cost in (tokenmart.summed_costs().keys() | list) + ['comparable_company_cost_usd'] -%}
        {{ tokenmart.sum_of_cost(cost, cost, 'sum(counted_row_count)') }} as {{ cost }},
        {% endfor -%}
        {% for cost, systems in sources.items() -%}
        {%- set of_these = 'source_system in (' ~ tokenmart.quoted_list(systems) ~ ')' -%}
        cast(
            case
                when sum(case when {{ of_these }} then counted_row_count else 0 end) = 0 then 0
                else sum(case when {{ of_these }} then cost_usd end)
            end as {{ money }}
        ) as {{ cost }}{{ ',' if not loop.last }}
        {% endfor %}
    from months
    group by {{ (month + owner + detail) | join(', ') }}

),

weighed as (

    select
        *,
        {{ tokenmart.shared_cost_weight(method, owned, place, rows_of_owner) }} as weight
    from summed

),

pooled as (

    select
        *,
        sum(weight) over (partition by {{ pool }}) as total_weight,
        sum(weight) over (partition by {{ pool }} order by {{ order | join(', ') }} rows unbounded preceding) as elapsed_weight,
        coalesce(sum(case when {{ owned }} then 0 else company_cost_usd end) over (partition by {{ pool }}), 0) as unowned_cost_usd,
        lag(usage_month) over (
            partition by {{ (['source_instance'] + owner + detail) | join(', ') }} order by usage_month
        ) as month_before,
        lag(comparable_company_cost_usd) over (
            partition by {{ (['source_instance'] + owner + detail) | join(', ') }} order by usage_month
        ) as cost_before
    from weighed

),

owned as (

    select
        *,
        '{{ method }}' as shared_cost_method,
        cast(case
            when total_weight = 0 then 0
            when {{ owned }} then {{ tokenmart.cost_share('unowned_cost_usd', 'elapsed_weight', 'weight', 'nullif(total_weight, 0)') }}
            else -coalesce(company_cost_usd, 0)
        end as {{ money }}) as shared_cost_usd,
        -- 0 where the month before has other usage, null where nothing is known of it
        cast(case
            when previous_days_covered is null then null
            when month_before = cast({{ dbt.dateadd('month', -1, 'usage_month') }} as date) then cost_before
            else 0
        end as {{ money }}) as previous_company_cost_usd
    from pooled

)
{%- endmacro %}


{# The measures of a mart of months, of its rows `owned`. #}
{% macro owned_measures() -%}
    {%- for column in (tokenmart.summed_counts().keys() | list) + (tokenmart.summed_costs().keys() | list) -%}
    owned.{{ column }},
    {% endfor -%}
    owned.agents_cost_usd,
    owned.provider_cost_usd,
    owned.voice_cost_usd,
    {{ tokenmart.ratio('round(owned.tokens_cost_usd * 1000000, 0)', 'owned.costed_tokens') }} as cost_per_million_tokens_usd,
    owned.shared_cost_method,
    owned.shared_cost_usd,
    {{ tokenmart.showback_cost() }} as showback_cost_usd,
    {{ tokenmart.ratio(
        'round(' ~ tokenmart.showback_cost() ~ ', 6)',
        'round(sum(' ~ tokenmart.showback_cost() ~ ') over (partition by owned.source_instance, owned.usage_month), 6)',
    ) }} as share_of_cost,
    owned.previous_company_cost_usd,
    cast(owned.company_cost_usd - owned.previous_company_cost_usd as {{ tokenmart.type_money() }}) as company_cost_change_usd,
    {{ tokenmart.ratio(
        'round(owned.company_cost_usd - owned.previous_company_cost_usd, 6)', 'round(owned.previous_company_cost_usd, 6)'
    ) }} as company_cost_change_ratio,
    owned.days_covered,
    cast(extract(day from {{ dbt.last_day('owned.usage_month', 'month') }}) as {{ dbt.type_int() }}) as days_in_month,
    owned.previous_days_covered,
    owned.first_usage_date,
    owned.last_usage_date
{%- endmacro %}


{# A cost of which nothing is known stays null, unless shared cost is added. #}
{% macro showback_cost() -%}
    cast(
        case
            when owned.company_cost_usd is null and owned.shared_cost_usd = 0 then null
            else coalesce(owned.company_cost_usd, 0) + owned.shared_cost_usd
        end as {{ tokenmart.type_money() }}
    )
{%- endmacro %}
