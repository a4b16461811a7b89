-- Grain: a line of a bill × a row of provider usage that it is for.
-- Guarantee: what is allocated of a line are whole micro-dollars and adds up to it exactly, by cumulative rounding, along the
-- first of these that all of its rows have and that is not 0 in all: contracted cost of its category of tokens (direction),
-- tokens of it, contracted cost, tokens; else evenly. The rows of a turn (int_bill_line_usage) are paid up to their contracted
-- cost before those of the next; what is left is for the first turn that has a weight.
-- Trap: billed and cost are micro-dollars; a weight that is a cost is in billionths of a dollar.

{%- set weights = ['direction_cost', 'direction_tokens', 'cost', 'tokens'] %}

with line_usage as (

    select * from {{ ref('int_bill_line_usage') }}

),

totals as (

    select
        source_instance,
        {% for weight in weights -%}
        case when count(*) = count({{ weight }}) and sum({{ weight }}) > 0 then 1 else 0 end as has_{{ weight }},
        {% endfor -%}
        line_key
    from line_usage
    group by source_instance, line_key

),

weighed as (

    select
        line_usage.source_instance,
        line_usage.line_key,
        line_usage.line_kind,
        line_usage.direction,
        line_usage.usage_key,
        line_usage.turn,
        line_usage.first_turn,
        totals.has_direction_cost = 1 or (totals.has_direction_tokens = 0 and totals.has_cost = 1) as is_by_cost,
        {{ tokenmart.whole_units('line_usage.billed_cost_usd', 6) }} as billed,
        case
            {%- for weight in weights %}
            when totals.has_{{ weight }} = 1 then line_usage.{{ weight }}
            {%- endfor %}
            else 1
        end as weight
    from line_usage
    inner join totals
        on
            line_usage.source_instance = totals.source_instance
            and line_usage.line_key = totals.line_key

),

turns as (

    select
        source_instance,
        line_key,
        turn,
        is_by_cost,
        billed,
        first_turn,
        cast(sum(weight) as {{ dbt.type_bigint() }}) as total,
        -- micro-dollars that the rows of the turn cost, where weights are billionths; the free tier costs nothing
        -- next to others
        case
            when turn = 3 and first_turn < 3 then 0
            else cast(floor(sum(weight) / 1000) as {{ dbt.type_bigint() }})
        end as cost
    from weighed
    group by source_instance, line_key, turn, is_by_cost, billed, first_turn

),

in_turn as (

    select
        *,
        min(case when total > 0 then turn end) over (partition by source_instance, line_key) as paying_turn,
        cast(sum(cost) over (partition by source_instance, line_key order by turn) as {{ dbt.type_bigint() }}) as cost_so_far,
        cast(sum(cost) over (partition by source_instance, line_key) as {{ dbt.type_bigint() }}) as cost_of_all
    from turns

),

paid as (

    select
        source_instance,
        line_key,
        turn,
        total,
        case
            when is_by_cost and billed > 0
                then
                    greatest(least(billed - (cost_so_far - cost), cost), 0)
                    + case when turn = paying_turn then greatest(billed - cost_of_all, 0) else 0 end
            when turn = paying_turn then billed
            else 0
        end as billed_in_turn
    from in_turn

),

running as (

    select
        weighed.*,
        paid.billed_in_turn,
        -- rows that cost nothing get nothing
        greatest(paid.total, 1) as total,
        cast(
            sum(weighed.weight) over (
                partition by weighed.source_instance, weighed.line_key, weighed.turn
                order by {{ tokenmart.in_byte_order('weighed.usage_key') }}
                rows between unbounded preceding and current row
            ) as {{ dbt.type_bigint() }}
        ) as elapsed
    from weighed
    inner join paid
        on
            weighed.source_instance = paid.source_instance
            and weighed.line_key = paid.line_key
            and weighed.turn = paid.turn

),

shared as (

    select
        *,
        {{ tokenmart.cumulative_share('billed_in_turn', 'elapsed', 'total') }} as used,
        {{ tokenmart.cumulative_share('billed_in_turn', '(elapsed - weight)', 'total') }} as used_before
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
