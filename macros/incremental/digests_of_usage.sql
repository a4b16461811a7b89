{#
    The CTE `digests` of days_to_recompute, of all that goes into the rows of a fact: usage, an owner, a price, what is provisional.

    usage: the rows that it is made of; day: their column. priced: whether prices go into its rows, by provider and model_id.
    besides: a SQL expression of what else every day is made of.
#}
{% macro digests_of_usage(usage, day, priced=true, besides=none) %}
{%- if priced -%}
rates as (

    select
        provider as rated_provider,
        model_id as rated_model_id,
        sum({{ tokenmart.row_hash('rates') }}) as rates_digest
    from {{ ref('int_usage_rates') }} as rates
    group by 1, 2

),

{% endif -%}
inputs as (

    select {{ 'usage.*, rates.rates_digest' if priced else 'usage.*' }}
    from {{ usage }} as usage
    {%- if priced %}
    left join rates
        on
            coalesce(usage.provider, '') = rates.rated_provider
            and usage.model_id = rates.rated_model_id
    {%- endif %}

),

digests as (

    select
        source_instance,
        {{ day }} as recompute_date,
        concat_ws(
            ' ', sum({{ tokenmart.row_hash('inputs', negatives=tokenmart.wide_decimals(usage)) }}){{ ', ' ~ besides if besides }}
        ) as inputs_digest
    from inputs
    group by 1, 2

)
{%- endmacro %}
