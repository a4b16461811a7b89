{{ config(materialized='view') }}

-- Grain: a row of fct_cost_daily × token_class, for the classes that it has; what is not tokens is a class of its own.
-- Guarantee: the tokens and the costs of a row's classes add up to the row's, to the last digit; a cost that the row does not
-- know is null in all of its classes. Dollars that are billed for a category of tokens stay with its classes; they, and recorded
-- dollars, are split by contracted cost, else by tokens, else evenly, by cumulative rounding.
-- Trap: a class may have a price though its row has none: what the row's other classes lack makes its cost unknown.

{%- set categories, money = tokenmart.billed_categories(), tokenmart.type_money() %}
{%- set of_amount = 'partition by classes.cost_key, amounts.cost, amounts.direction' %}

with classes as (

    select
        *,
        -- in billionths of a dollar; half a billion dollars weigh as much as more, so that all classes fit into a bigint
        {{ tokenmart.whole_units('least(contracted_usd, 500000000)', 9) }} as contracted_weight
    from {{ ref('int_costs_by_class') }}

),

amounts as (

    select * from {{ ref('int_class_amounts') }}

),

weighed as (

    select
        classes.cost_key,
        classes.token_class,
        amounts.cost,
        amounts.direction,
        amounts.amount,
        case
            when
                count(*) over ({{ of_amount }}) = count(classes.contracted_weight) over ({{ of_amount }})
                and sum(classes.contracted_weight) over ({{ of_amount }}) > 0
                then classes.contracted_weight
            when sum(classes.tokens) over ({{ of_amount }}) > 0 then classes.tokens
            else 1
        end as weight
    from classes
    inner join amounts
        on
            classes.cost_key = amounts.cost_key
            and case amounts.direction
                {%- for category, of_category in categories.items() %}
                when '{{ category }}' then classes.token_class in ({{ tokenmart.quoted_list(of_category) }})
                {%- endfor %}
                else true
            end
            and position(classes.token_class in amounts.named_apart) = 0

),

running as (

    select
        *,
        cast(sum(weight) over (partition by cost_key, cost, direction) as {{ dbt.type_bigint() }}) as total,
        cast(
            sum(weight) over (
                partition by cost_key, cost, direction
                order by {{ tokenmart.in_byte_order('token_class') }}
                rows between unbounded preceding and current row
            ) as {{ dbt.type_bigint() }}
        ) as elapsed
    from weighed

),

shares as (

    select
        cost_key,
        {%- for cost in ['billed', 'recorded'] %}
        cast(
            sum(
                case
                    when cost = '{{ cost }}'
                        then
                            {{ tokenmart.cumulative_share('amount', 'elapsed', 'total') }}
                            - {{ tokenmart.cumulative_share('amount', '(elapsed - weight)', 'total') }}
                end
            ) * cast(0.000001 as decimal(6, 6)) as {{ dbt.type_numeric() }}
        ) as {{ cost }}_cost_usd,
        {%- endfor %}
        token_class
    from running
    group by cost_key, token_class

),

split as (

    select
        classes.*,
        shares.recorded_cost_usd,
        {%- for cost in ['list', 'contracted'] %}
        cast(
            case when classes.row_{{ cost }}_cost_usd is not null then coalesce(classes.{{ cost }}_usd, 0) end as {{ money }}
        ) as {{ cost }}_cost_usd,
        {%- endfor %}
        cast(
            case when classes.row_billed_cost_usd is not null then coalesce(shares.billed_cost_usd, 0) end
            as {{ dbt.type_numeric() }}
        ) as billed_cost_usd
    from classes
    left join shares
        on
            classes.cost_key = shares.cost_key
            and classes.token_class = shares.token_class

)

select
    {% for column in [
        'cost_key', 'source_instance', 'source_system', 'usage_date', 'provider', 'model_id', 'canonical_model_id', 'line_item',
        'token_source', 'is_counted', 'cost_basis', 'price_provider', 'price_model_id', 'processing', 'price_band',
    ] -%}
    {{ column }},
    {% endfor -%}
    case
        when token_class = 'unsplit' and billed_direction is not null then 'unsplit:' || billed_direction
        when token_class <> 'quantity' then token_class
        when source_system = 'provider' then 'quantity:' || unit
        else unit
    end as token_class,
    tokens,
    case
        when token_class = 'audio_seconds' then cast(timed_audio_ms * cast(0.001 as decimal(3, 3)) as decimal(38, 9))
        when token_class = 'quantity' then quantity
        else cast(tokens as decimal(38, 9))
    end as quantity,
    list_usd_per_million,
    contracted_usd_per_million,
    list_cost_usd,
    contracted_cost_usd,
    billed_cost_usd,
    cast(
        case cost_basis
            when 'billed' then billed_cost_usd
            when 'recorded' then coalesce(recorded_cost_usd, 0)
            when 'contracted' then contracted_cost_usd
            when 'list' then list_cost_usd
        end as {{ money }}
    ) as cost_usd
from split
