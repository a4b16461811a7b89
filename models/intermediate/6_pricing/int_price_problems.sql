{{ config(materialized='view') }}

-- Grain: one row for each thing that is wrong with a price seed, with its line and a sentence.
-- Guarantee: no cost is computed while there is a row (int_list_prices and int_contract_prices look before they are built).
-- Trap: the seeds are read as text, whatever they hold. `tokenmart prices check` reports the same problems of the files
-- (tokenmart/prices/check.py).

{%- set seeds = {} %}
{%- for seed in tokenmart.price_columns() %}
{%- do seeds.update({seed: ref(seed)}) %}
{%- endfor %}

{%- set problems_of_columns = [] %}
{%- for seed, relation in seeds.items() %}
{%- set present = tokenmart.column_types(relation) if execute else {} %}
{%- set known = tokenmart.price_columns(seed) %}
{%- for column in present if column not in known %}
{%- do problems_of_columns.append((seed, 'the column ' ~ column ~ ' is not known; known are ' ~ known | join(', '))) %}
{%- endfor %}
{%- for column, is_optional in known.items() if present and column not in present and not is_optional %}
{%- do problems_of_columns.append((seed, 'the column ' ~ column ~ ' is missing')) %}
{%- endfor %}
{%- endfor %}

with
{% for seed, relation in seeds.items() %}
{{ seed }} as (

    {{ tokenmart.price_seed(seed, relation) }}

),
{% endfor %}
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

    {%- for seed in ['model_prices', 'contract_prices'] %}
    {{ 'union' if not loop.first }}
    select
        provider,
        model_id
    from {{ seed }}
    where
        provider is not null
        and model_id is not null
    {%- endfor %}

)

select * from {{ ref('int_price_line_problems') }}

union all

select * from {{ ref('int_price_period_problems') }}

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
{%- for seed, problem in problems_of_columns %}

union all

select
    '{{ seed }}' as seed,
    1 as line_number,
    {{ tokenmart.literal(problem) }} as problem
{%- endfor %}
