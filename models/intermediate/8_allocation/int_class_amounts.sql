{{ config(materialized='ephemeral') }}

-- Grain: a row of fct_cost_daily × cost (billed, recorded) × direction, the category of tokens that a bill's lines name.
-- Guarantee: in micro-dollars, what is to be split over the classes of the row, or of its direction; together what is billed
-- for the row, and what is recorded where that is the cost that counts.
-- Trap: what a line charges for a category of which the row has no tokens is for the row as a whole (direction is null).

{%- set categories = tokenmart.billed_categories() %}
{%- set no_text = 'cast(null as ' ~ dbt.type_string() ~ ')' %}

with classed as (

    select * from {{ ref('int_costs_with_classes') }}

),

{% if tokenmart.has_bills() -%}
-- what a bill's lines charge for a category; next to a line for "audio output", one for "output" is for text
charged as (

    select
        usage_key,
        direction,
        {{ tokenmart.whole_units('billed_cost_usd', 6) }} as amount,
        case direction
            {%- for category in ['input', 'cached_input', 'output'] %}
            when '{{ category }}'
                then
                    max(case when direction in ('audio_{{ category }}', 'image_{{ category }}') then 1 else 0 end)
                        over (partition by usage_key)
            {%- endfor %}
            else 0
        end as is_for_text
    from {{ ref('int_bill_allocations') }}

),

named as (

    select
        classed.*,
        case
            {%- for category in ['input', 'cached_input', 'output'] %}
            when
                charged.direction = '{{ category }}'
                and charged.is_for_text = 1
                and classed.{{ categories['text_' ~ category][0] }}_tokens <> 0
                then 'text_{{ category }}'
            {%- endfor %}
            else charged.direction
        end as direction,
        charged.amount
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
        amount
    from directed

    union all

    select
        classed.cost_key,
        'billed' as cost,
        {{ no_text }} as direction,
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
        {{ tokenmart.whole_units('cost_usd', 6) }} as amount
    from classed
    where cost_basis = 'recorded'

)

select * from amounts
where amount <> 0
