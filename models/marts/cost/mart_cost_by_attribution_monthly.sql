-- Question: what did each end user, session, team and tag use and cost in each month?
-- Grain: month × dimension × value × method, per source_instance. A dimension is end_user, session, team or tag, or tag:<key> for
-- a member of tags that are a JSON object; there are rows for those that the variable usage_dimensions names.
-- Guarantee: for each dimension the rows of a month add up to the provider's and the bills' rows in fct_cost_daily, to the last
-- digit. What names no value is a row with the value null (unattributed); usage of several tags of one dimension is split evenly.
-- Trap: each dimension holds all of the cost, so never add up two of them.

{%- set enabled = tokenmart.usage_dimensions() %}
{%- set dimensions = enabled or {'end_user': 'end_user_id'} %}

with costs as (

    select
        cost.source_instance,
        cast({{ dbt.date_trunc('month', 'cost.usage_date') }} as date) as usage_month,
        {% for column in dimensions.values() -%}
        cost.{{ column }},
        {% endfor -%}
        {{ tokenmart.grain_key(
            ['cost.source_instance', dbt.date_trunc('month', 'cost.usage_date')]
            + dimensions.values() | map('replace', '', 'cost.', 1) | list
        ) }} as key,
        cast(sum(cost.total_tokens) as {{ dbt.type_bigint() }}) as total_tokens,
        cast(sum(case when cost.cost_usd is null then cost.total_tokens else 0 end) as {{ dbt.type_bigint() }})
            as unpriced_tokens,
        cast(coalesce(sum(usage.request_count), 0) as {{ dbt.type_bigint() }}) as request_count,
        sum(cost.cost_usd) as cost_usd
    from {{ ref('fct_cost_daily') }} as cost
    left join {{ ref('fct_provider_usage_daily') }} as usage
        on
            cost.source_system = 'provider'
            and cost.usage_key = usage.usage_key
    where
        cost.source_system in ('provider', 'billing')
        and cost.is_counted
        {{ 'and false' if not enabled }}
    group by {{ range(1, 4 + dimensions | length) | join(', ') }}

),

named as (

    {% for name, column in dimensions.items() -%}
    {{ 'union all' if not loop.first }}
    select
        key,
        {{ 'dimension' if name == 'tags' else "'" ~ name ~ "' as dimension" }},
        {{ "trim(tag_value, ' ')" if name == 'tags' else column }} as attributed_value
    {%- if name == 'tags' %}
    from ({{ tokenmart.tag_values('costs') }}) as tagged
    where nullif(trim(tag_value, ' '), '') is not null
    {%- else %}
    from costs
    where {{ column }} is not null
    {%- endif %}
    {% endfor %}

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
        case when placed.places > 1 then 'split_evenly' when placed.places = 1 then 'direct' else 'unattributed' end as method,
        {% set place, places = 'coalesce(placed.place, 1)', 'coalesce(placed.places, 1)' -%}
        {% for count in ['costs.total_tokens', 'costs.unpriced_tokens', 'costs.request_count'] -%}
        {{ tokenmart.cumulative_share(count, place, places) }}
        - {{ tokenmart.cumulative_share(count, '(' ~ place ~ ' - 1)', places) }} as {{ count.split('.')[1] }},
        {% endfor -%}
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

summed as (

    select
        source_instance,
        usage_month,
        dimension,
        attributed_value,
        method,
        cast(sum(total_tokens) as {{ dbt.type_bigint() }}) as total_tokens,
        cast(sum(unpriced_tokens) as {{ dbt.type_bigint() }}) as unpriced_tokens,
        cast(sum(request_count) as {{ dbt.type_bigint() }}) as request_count,
        cast(sum(cost_usd) as {{ tokenmart.type_money() }}) as cost_usd
    from attributed
    group by 1, 2, 3, 4, 5

)

select
    *,
    {{ tokenmart.ratio(
        'cost_usd', 'sum(cost_usd) over (partition by source_instance, usage_month, dimension)'
    ) }} as share_of_cost
from summed
