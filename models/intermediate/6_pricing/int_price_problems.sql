{{ config(materialized='view') }}

-- Grain: one row a thing that is wrong with a price seed, with its line and a sentence.
-- Guarantee: no cost is computed while there is one (int_list_prices asks before it is built).
-- Trap: the seeds are read as text, because a cast would stop at the first wrong value without saying where.
-- `tokenmart prices check` says the same of the files (tokenmart/prices/check.py).

{%- set seeds = {
    'model_prices': ref('model_prices'),
    'contract_prices': ref('contract_prices'),
    'model_names': ref('model_names'),
    'model_aliases': ref('model_aliases'),
    'provider_names': ref('provider_names'),
    'context_steps': ref('context_steps'),
} %}

with
{% for seed, relation in seeds.items() %}
{{ seed }} as (

    {{ tokenmart.price_seed(seed, relation) }}

),
{% endfor %}
-- each line by itself: seed, what is wrong, and the sentence
lines as (

    {%- for seed, condition, sentence in tokenmart.price_line_rules() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ seed }}' as seed,
        line_number,
        {{ sentence }} as problem
    from {{ seed }}
    where {{ condition }}
    {%- endfor %}

),

-- what has one price on a day
periods as (

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
    from {{ seed }}
    where
        coalesce({{ tokenmart.is_day('effective_from') }}, true)
        and coalesce({{ tokenmart.is_day('effective_to') }}, true)
        and coalesce(effective_from <= effective_to, true)
    {%- endfor %}

),

neighbours as (

    select
        *,
        lag(line_number) over (
            partition by seed, provider, model_id, processing, token_class, step
            order by starts_on, line_number
        ) as line_before,
        lag(starts_on) over (
            partition by seed, provider, model_id, processing, token_class, step
            order by starts_on, line_number
        ) as started_on,
        lag(ends_on) over (
            partition by seed, provider, model_id, processing, token_class, step
            order by starts_on, line_number
        ) as ended_on
    from periods

),

between_periods as (

    select
        seed,
        line_number,
        case
            when starts_on = started_on
                then 'repeats line ' || cast(line_before as {{ dbt.type_string() }}) || ': the same from the same day on'
            when ended_on = '9999-12-31'
                then 'overlaps line ' || cast(line_before as {{ dbt.type_string() }}) || ', which has no effective_to'
            when starts_on <= ended_on
                then
                    'overlaps line ' || cast(line_before as {{ dbt.type_string() }})
                    || ', which is effective to ' || ended_on || ' inclusive'
            else
                'leaves a gap after line ' || cast(line_before as {{ dbt.type_string() }})
                || ', which is effective to ' || ended_on
        end as problem
    from neighbours
    where
        line_before is not null
        and case
            when starts_on = started_on or starts_on <= ended_on then true
            else cast(starts_on as date) <> cast({{ dbt.dateadd('day', 1, 'cast(ended_on as date)') }} as date)
        end

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

),

between_steps as (

    select
        'model_prices' as seed,
        line_number,
        'has the price above ' || step || ' tokens and no line has the base price' as problem
    from steps
    where base_line is null
    union all
    select
        'model_prices',
        line_number,
        'has the step ' || step || ' and line ' || cast(other_line as {{ dbt.type_string() }})
        || ' the step ' || other_step || '; a model has one step'
    from steps
    where other_line is not null

),

named as (

    {%- for seed, key in [
        ('model_names', tokenmart.plain_name("provider || ' ' || name")),
        ('model_aliases', tokenmart.plain_name("provider || ' ' || name")),
        ('provider_names', tokenmart.plain_name("name || ' ' || provider")),
        ('context_steps', tokenmart.undated_model('model_id')),
    ] %}
    {{ 'union all' if not loop.first }}
    select
        '{{ seed }}' as seed,
        line_number,
        first_value(line_number) over (partition by {{ key }} order by line_number) as first_line
    from {{ seed }}
    {%- endfor %}

),

priced_models as (

    select
        provider,
        model_id
    from model_prices
    where
        provider is not null
        and model_id is not null
    union
    select
        provider,
        model_id
    from contract_prices
    where
        provider is not null
        and model_id is not null

),

problems as (

    select * from lines
    union all
    select * from between_periods
    union all
    select * from between_steps
    union all
    select
        seed,
        line_number,
        'repeats line ' || cast(first_line as {{ dbt.type_string() }}) as problem
    from named
    where line_number > first_line
    union all
    select
        'model_aliases' as seed,
        line_number,
        provider || ' ' || model_id
        || ' has no price, so the alias does nothing: name a model of model_prices or contract_prices' as problem
    from model_aliases
    where
        {{ tokenmart.plain_name("provider || ' ' || model_id") }} not in (
            select {{ tokenmart.plain_name("provider || ' ' || model_id") }}
            from priced_models
        )
    {%- for seed, problem in tokenmart.price_column_problems(seeds) %}
    union all
    select
        '{{ seed }}' as seed,
        1 as line_number,
        {{ tokenmart.literal(problem) }} as problem
    {%- endfor %}

)

select * from problems
