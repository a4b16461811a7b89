-- Question: what do input, cached input, cache writes, output, audio and images cost?
-- Grain: usage_date × source_system × provider × model_id × canonical_model_id × price_provider × processing × token_class, per
-- source_instance.
-- Guarantee: tokens and costs equal those of the rows of fct_cost_daily that are counted, to the last digit.
-- token_category and modality group the classes: cached text, audio and images are all cached_input; audio is input and output.
-- Trap: a cost that is not known is null, never 0; unpriced_tokens says how much cost_usd leaves out. What is not tokens has a
-- class of its own ('api_calls', 'other_charges', 'quantity:<unit>') and no category.

with classes as (

    select * from {{ ref('int_cost_by_token_class') }}
    where is_counted

)

select
    source_instance,
    usage_date,
    source_system,
    provider,
    model_id,
    canonical_model_id,
    price_provider,
    processing,
    token_class,
    case
        {%- for category in ['cache_write', 'cached_input', 'input', 'output'] %}
        {%- set classes = tokenmart.billed_categories()[category] %}
        when token_class in ({{ tokenmart.quoted_list(classes) }}) or token_class like 'unsplit:%{{ category }}'
            then '{{ category }}'
        {%- endfor %}
        when token_class = 'unsplit' then 'unsplit'
    end as token_category,
    case
        when token_class like '%audio%' then 'audio'
        when token_class like '%image%' then 'image'
        when token_class like '%text%' or token_class like '%cache_write%' then 'text'
    end as modality,
    cast(sum(tokens) as {{ dbt.type_bigint() }}) as tokens,
    cast(sum(case when cost_usd is null then tokens else 0 end) as {{ dbt.type_bigint() }}) as unpriced_tokens,
    {% for cost in ['list', 'contracted'] -%}
    cast(sum({{ cost }}_cost_usd) as {{ tokenmart.type_money() }}) as {{ cost }}_cost_usd,
    {% endfor -%}
    cast(sum(billed_cost_usd) as {{ dbt.type_numeric() }}) as billed_cost_usd,
    cast(sum(cost_usd) as {{ tokenmart.type_money() }}) as cost_usd,
    cast(sum(case when token_source = 'company' then cost_usd else 0 end) as {{ tokenmart.type_money() }}) as company_cost_usd,
    cast(sum(case when token_source = 'personal' then cost_usd else 0 end) as {{ tokenmart.type_money() }}) as personal_cost_usd
from classes
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
