{{ config(materialized='ephemeral') }}

-- Grain: one row for a line of model_prices or contract_prices that does not fit with another line, with a sentence.
-- Guarantee: without a row here a model has one price on each day in each processing, class and step, and one step at most.
-- Trap: lines whose days cannot be read are left to int_price_line_problems.

{%- set text = dbt.type_string() %}

with periods as (

    {%- for seed, every, step in [
        ('model_prices', 'standard', "coalesce(above_input_tokens, '')"),
        ('contract_prices', '*', "''"),
    ] %}
    {{ 'union all' if not loop.first }}
    select
        '{{ seed }}' as seed,
        line_number,
        {{ tokenmart.plain_name('provider') }} as provider,
        {{ tokenmart.plain_name('model_id') }} as model_id,
        coalesce(processing, '{{ every }}') as processing,
        coalesce(token_class, '*') as token_class,
        {{ step }} as step,
        coalesce(effective_from, '0000-01-01') as starts_on,
        coalesce(effective_to, '9999-12-31') as ends_on
    from ({{ tokenmart.price_seed(seed, ref(seed)) }}) as {{ seed }}
    where
        coalesce({{ tokenmart.is_day('effective_from') }}, true)
        and coalesce({{ tokenmart.is_day('effective_to') }}, true)
        and coalesce(effective_from <= effective_to, true)
    {%- endfor %}

),

neighbors as (

    select
        {% for column, before in {'line_number': 'line_before', 'starts_on': 'started_on', 'ends_on': 'ended_on'}.items() -%}
        lag({{ column }}) over (
            partition by seed, provider, model_id, processing, token_class, step
            order by starts_on, line_number
        ) as {{ before }},
        {% endfor -%}
        *
    from periods

),

steps as (

    select
        stepped.line_number,
        stepped.step,
        min(base.line_number) as base_line,
        min(other.line_number) as other_line,
        min(other.step) as other_step
    from periods as stepped
    left join periods as base
        on
            base.seed = 'model_prices'
            and base.step = ''
            and stepped.provider = base.provider
            and stepped.model_id = base.model_id
            and stepped.processing = base.processing
            and stepped.token_class = base.token_class
    left join periods as other
        on
            other.seed = 'model_prices'
            and other.step <> ''
            and stepped.step <> other.step
            and stepped.provider = other.provider
            and stepped.model_id = other.model_id
            and stepped.line_number > other.line_number
    where
        stepped.seed = 'model_prices'
        and stepped.step <> ''
    group by 1, 2

)

select
    seed,
    line_number,
    case
        when starts_on = started_on
            then 'repeats line ' || cast(line_before as {{ text }}) || ': the same from the same day on'
        when ended_on = '9999-12-31'
            then 'overlaps line ' || cast(line_before as {{ text }}) || ', which has no effective_to'
        when starts_on <= ended_on
            then 'overlaps line ' || cast(line_before as {{ text }}) || ', which is effective to ' || ended_on || ' inclusive'
        else 'leaves a gap after line ' || cast(line_before as {{ text }}) || ', which is effective to ' || ended_on
    end as problem
from neighbors
where
    line_before is not null
    and case
        when starts_on = started_on or starts_on <= ended_on then true
        else cast(starts_on as date) <> cast({{ dbt.dateadd('day', 1, 'cast(ended_on as date)') }} as date)
    end

union all

select
    'model_prices' as seed,
    line_number,
    'has the price above ' || step || ' tokens and no line has the base price' as problem
from steps
where base_line is null

union all

select
    'model_prices' as seed,
    line_number,
    'has the step ' || step || ' and line ' || cast(other_line as {{ text }}) || ' the step ' || other_step
    || '; a model has one step' as problem
from steps
where other_line is not null
