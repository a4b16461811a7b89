-- Question: what did each end user, session, team and tag use and cost in each month?
-- Grain: month × dimension × value × method, per source_instance. A dimension is end_user, session, team or tag, or tag:<key> for
-- a member of tags that are a JSON object; there are rows for those that the variable usage_dimensions names.
-- Guarantee: for each dimension the rows of a month add up to the provider's and the bills' rows in fct_cost_daily, to the last
-- digit. What names no value is a row with the value null (unattributed); usage of several tags of one dimension is split evenly.
-- Trap: each dimension holds all of the cost, so never add up two of them.

{%- set dimensions = tokenmart.usage_dimensions() %}

with costs as (

    select
        cost.cost_key as key,
        cost.source_instance,
        cast({{ dbt.date_trunc('month', 'cost.usage_date') }} as date) as usage_month,
        cost.end_user_id,
        cost.session_id,
        cost.team_id,
        cost.tags,
        cost.total_tokens,
        coalesce(usage.request_count, 0) as request_count,
        cost.cost_usd
    from {{ ref('fct_cost_daily') }} as cost
    left join {{ ref('fct_provider_usage_daily') }} as usage
        on
            cost.source_system = 'provider'
            and cost.usage_key = usage.usage_key
    where
        cost.source_system in ('provider', 'billing')
        and cost.is_counted

),

named as (

    {% for name, column in dimensions.items() if name != 'tags' -%}
    select
        key,
        '{{ name }}' as dimension,
        {{ column }} as attributed_value
    from costs
    where {{ column }} is not null

    union all

    {% endfor -%}
    {% if 'tags' in dimensions -%}
    select
        key,
        dimension,
        trim(tag_value, ' ') as attributed_value
    from ({{ tokenmart.tag_values('costs') }}) as tagged
    where nullif(trim(tag_value, ' '), '') is not null
    {%- else -%}
    select
        key,
        'tag' as dimension,
        tags as attributed_value
    from costs
    where false
    {%- endif %}

),

placed as (

    select
        key,
        dimension,
        attributed_value,
        row_number() over (
            partition by key, dimension order by {{ tokenmart.in_byte_order('attributed_value') }}
        ) as place,
        count(*) over (partition by key, dimension) as places
    from (select distinct * from named) as values_once

),

-- each dimension is complete in each month that has usage
dimensions as (

    select distinct
        costs.source_instance,
        costs.usage_month,
        placed.dimension
    from placed
    inner join costs on placed.key = costs.key
    {%- for name in dimensions %}

    union

    select
        source_instance,
        usage_month,
        '{{ 'tag' if name == 'tags' else name }}'
    from costs
    {%- endfor %}

),

attributed as (

    select
        costs.source_instance,
        costs.usage_month,
        dimensions.dimension,
        placed.attributed_value,
        case
            when placed.places > 1 then 'split_evenly'
            when placed.places = 1 then 'direct'
            else 'unattributed'
        end as method,
        {% for count in ['total_tokens', 'request_count'] -%}
        {{ tokenmart.cumulative_share('costs.' ~ count, 'coalesce(placed.place, 1)', 'coalesce(placed.places, 1)') }}
        - {{ tokenmart.cumulative_share('costs.' ~ count, '(coalesce(placed.place, 1) - 1)', 'coalesce(placed.places, 1)') }} as {{ count }},
        {% endfor -%}
        costs.cost_usd is null as is_unpriced,
        case
            when placed.places > 1 then {{ tokenmart.even_share('costs.cost_usd', 'placed.place', 'placed.places') }}
            else costs.cost_usd
        end as cost_usd
    from costs
    inner join dimensions
        on
            costs.source_instance = dimensions.source_instance
            and costs.usage_month = dimensions.usage_month
    left join placed
        on
            costs.key = placed.key
            and dimensions.dimension = placed.dimension

),

totals as (

    select
        source_instance,
        usage_month,
        sum(cost_usd) as cost_usd
    from costs
    group by 1, 2

)

select
    attributed.source_instance,
    attributed.usage_month,
    attributed.dimension,
    attributed.attributed_value,
    attributed.method,
    cast(sum(attributed.total_tokens) as {{ dbt.type_bigint() }}) as total_tokens,
    cast(sum(case when attributed.is_unpriced then attributed.total_tokens else 0 end) as {{ dbt.type_bigint() }}) as unpriced_tokens,
    cast(sum(attributed.request_count) as {{ dbt.type_bigint() }}) as request_count,
    cast(sum(attributed.cost_usd) as {{ tokenmart.type_money() }}) as cost_usd,
    {{ tokenmart.ratio('sum(attributed.cost_usd)', 'max(totals.cost_usd)') }} as share_of_cost
from attributed
inner join totals
    on
        attributed.source_instance = totals.source_instance
        and attributed.usage_month = totals.usage_month
group by 1, 2, 3, 4, 5
