{{ config(materialized='ephemeral') }}

-- Grain: a row of fct_cost_daily × cost (billed, recorded) × direction, the category of tokens that a bill's lines name.
-- Guarantee: in micro-dollars, what is to be split over the classes of the row, or of its direction; together what is billed
-- for the row, and what is recorded where that is the cost that counts.
-- Traps: what a line charges for a category of which the row has no tokens is for the row as a whole (direction is null). Parts
-- of the category that other lines of the row name (named_apart) have none of it.

{%- set categories = tokenmart.billed_categories() %}
{%- set no_text = 'cast(null as ' ~ dbt.type_string() ~ ')' %}

with classed as (

    select * from {{ ref('int_costs_with_classes') }}

),

{% if tokenmart.has_bills() -%}
-- what a bill's lines charge for a category
charged as (

    select
        usage_key,
        direction,
        {{ tokenmart.whole_units('billed_cost_usd', 6) }} as amount,
        {{ tokenmart.named_apart('usage_key') }} as named_apart
    from {{ ref('int_bill_allocations') }}

),

named as (

    select
        classed.*,
        charged.direction,
        charged.amount,
        -- if the row has tokens of what is left
        case
            {%- for category in tokenmart.parts_of_categories() %}
            when
                charged.direction = '{{ category }}'
                and charged.named_apart <> ''
                and (
                    {%- for class in categories[category] %}
                    {{ 'or ' if not loop.first -}}
                    (position('{{ class }}' in charged.named_apart) = 0 and classed.{{ class }}_tokens <> 0)
                    {%- endfor %}
                )
                then charged.named_apart
            {%- endfor %}
            else ''
        end as named_apart
    from charged
    inner join classed
        on
            charged.usage_key = classed.usage_key
            and classed.source_system = 'provider'
    where classed.row_billed_cost_usd is not null

),
{% endif %}
-- what is charged for a category of which the row has tokens
directed as (

    {% if tokenmart.has_bills() -%}
    select
        cost_key,
        direction,
        max(named_apart) as named_apart,
        cast(sum(amount) as {{ dbt.type_bigint() }}) as amount
    from named
    where
        case direction
            {%- for category, of_category in categories.items() %}
            when '{{ category }}'
                then
                    {%- for class in of_category %}
                    {{ '+ ' if not loop.first }}{{ class }}_tokens
                    {%- endfor %} <> 0
            {%- endfor %}
            else false
        end
    group by cost_key, direction
    {%- else -%}
    select
        cost_key,
        {{ no_text }} as direction,
        '' as named_apart,
        cast(0 as {{ dbt.type_bigint() }}) as amount
    from classed
    where 1 = 0
    {%- endif %}

),

-- the rest of what is billed for a row, and what is recorded, is for all of its classes
amounts as (

    select
        cost_key,
        'billed' as cost,
        direction,
        named_apart,
        amount
    from directed

    union all

    select
        classed.cost_key,
        'billed' as cost,
        {{ no_text }} as direction,
        '' as named_apart,
        {{ tokenmart.whole_units('classed.row_billed_cost_usd', 6) }} - coalesce(sums.amount, 0) as amount
    from classed
    left join (
        select
            cost_key,
            cast(sum(amount) as {{ dbt.type_bigint() }}) as amount
        from directed
        group by cost_key
    ) as sums on classed.cost_key = sums.cost_key
    where {{ tokenmart.whole_units('classed.row_billed_cost_usd', 6) }} <> coalesce(sums.amount, 0)

    union all

    select
        cost_key,
        'recorded' as cost,
        {{ no_text }} as direction,
        '' as named_apart,
        {{ tokenmart.whole_units('cost_usd', 6) }} as amount
    from classed
    where cost_basis = 'recorded'

)

select * from amounts
where amount <> 0
