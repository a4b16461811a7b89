-- Grain: line of a bill × row of provider usage that it is for.
-- Guarantee: the parts of a line are whole micro-dollars and add up to it exactly, by cumulative rounding.
-- A line is for the usage of its UTC day and provider, and of its project, key and
-- model where it names them (int_bill_scopes). It is
-- shared out by the first of these that all of its rows have and that is not 0 in all: contracted cost of its
-- direction, tokens of its direction, contracted cost, tokens; else evenly.
-- Trap: lines of kind other and credit are for no usage; nor is one whose model nobody used.

with lines as (

    select * from {{ ref('int_bill_scopes') }}
    where
        line_kind = 'any'
        or (line_kind = 'model' and matched_by <> 'none')

),

usages as (

    select
        scoped.*,
        {{ tokenmart.billed_name('priced.model_id') }} as name,
        coalesce(priced.price_provider || ' ' || priced.price_model_id, '') as price_name,
        {% for direction, classes in tokenmart.directions().items() %}
        {%- for class in classes %}
        {{ '+ ' if not loop.first }}priced.{{ class }}_tokens
        {%- endfor %} as {{ direction }}_tokens,
        -- in billionths of a dollar
        cast(
            round(priced.{{ direction }}_contracted_cost_usd * 1000000000, 0) as {{ dbt.type_bigint() }}
        ) as {{ direction }}_cost,
        {% endfor %}
        priced.input_tokens + priced.output_tokens as tokens,
        cast(round(priced.contracted_cost_usd * 1000000000, 0) as {{ dbt.type_bigint() }}) as cost
    from {{ ref('int_bill_usages') }} as scoped
    inner join {{ ref('int_provider_usage_priced') }} as priced
        on
            scoped.source_instance = priced.source_instance
            and scoped.usage_key = priced.usage_key

),

-- what the lines name, which makes finding their usage one join on equal columns
patterns as (

    select distinct
        project_scope,
        key_scope,
        matched_by
    from lines

),

found as (

    select
        lines.source_instance,
        lines.line_key,
        lines.line_kind,
        lines.direction,
        lines.billed_cost_usd,
        usages.usage_key,
        case lines.direction
            {%- for direction in tokenmart.directions() %}
            when '{{ direction }}' then usages.{{ direction }}_cost
            {%- endfor %}
            else usages.cost
        end as direction_cost,
        case lines.direction
            {%- for direction in tokenmart.directions() %}
            when '{{ direction }}' then usages.{{ direction }}_tokens
            {%- endfor %}
            else usages.tokens
        end as direction_tokens,
        usages.cost,
        usages.tokens
    from usages
    cross join patterns
    inner join lines
        on
            usages.source_instance = lines.source_instance
            and usages.usage_date_utc = lines.usage_date_utc
            and usages.provider = lines.provider
            and {{ tokenmart.usage_in_scope('patterns.project_scope', 'usages.project_id', 'usages.is_named_project') }}
            = coalesce(lines.usage_project, '')
            and {{ tokenmart.usage_in_scope('patterns.key_scope', 'usages.openai_api_key_id', 'usages.is_named_key') }}
            = coalesce(lines.usage_api_key, '')
            and case patterns.matched_by when 'name' then usages.name when 'price' then usages.price_name else '' end
            = lines.matched_model
            and patterns.matched_by = lines.matched_by
            and patterns.project_scope = lines.project_scope
            and patterns.key_scope = lines.key_scope

),

totals as (

    select
        source_instance,
        line_key,
        case when count(*) = count(direction_cost) and sum(direction_cost) > 0 then 1 else 0 end as has_direction_cost,
        case when count(*) = count(direction_tokens) and sum(direction_tokens) > 0 then 1 else 0 end as has_direction_tokens,
        case when count(*) = count(cost) and sum(cost) > 0 then 1 else 0 end as has_cost,
        case when count(*) = count(tokens) and sum(tokens) > 0 then 1 else 0 end as has_tokens
    from found
    group by 1, 2

),

weighed as (

    select
        found.source_instance,
        found.line_key,
        found.line_kind,
        found.direction,
        found.usage_key,
        cast(cast(found.billed_cost_usd as {{ dbt.type_numeric() }}) * 1000000 as {{ dbt.type_bigint() }}) as billed,
        case
            {%- for weight in ['direction_cost', 'direction_tokens', 'cost', 'tokens'] %}
            when totals.has_{{ weight }} = 1 then found.{{ weight }}
            {%- endfor %}
            else 1
        end as weight
    from found
    inner join totals
        on
            found.source_instance = totals.source_instance
            and found.line_key = totals.line_key

),

running as (

    select
        *,
        cast(sum(weight) over (partition by source_instance, line_key) as {{ dbt.type_bigint() }}) as total,
        cast(
            sum(weight) over (
                partition by source_instance, line_key
                order by {{ tokenmart.in_byte_order('usage_key') }}
                rows between unbounded preceding and current row
            ) as {{ dbt.type_bigint() }}
        ) as elapsed
    from weighed

),

shared as (

    select
        *,
        {{ tokenmart.cumulative_share('billed', 'elapsed', 'total') }} as used,
        {{ tokenmart.cumulative_share('billed', '(elapsed - weight)', 'total') }} as used_before
    from running

)

select
    source_instance,
    line_key,
    line_kind,
    direction,
    usage_key,
    billed = 0 as is_free,
    cast((used - used_before) * cast(0.000001 as decimal(6, 6)) as {{ dbt.type_numeric() }}) as billed_cost_usd
from shared
