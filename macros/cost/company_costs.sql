{#
    What the company paid by day, and by what it is asked for: counted rows of fct_cost_daily, added up for each value of each
    dimension. Every dimension adds up to the whole; what names no value has the value null. A key is the provider's own, or
    else the collector's. tokens_cost_usd and costed_tokens leave out what is no cost of tokens.
#}
{% macro company_costs(dimensions) %}
{%- set columns = {
    'source_system': 'source_system', 'provider': 'provider', 'org': 'org_id', 'team': 'team_id', 'project': 'project_id',
    'model': 'canonical_model_id', 'key': 'key_id',
} -%}
costs as (

    select
        source_instance,
        usage_date,
        source_system,
        provider,
        org_id,
        team_id,
        project_id,
        canonical_model_id,
        coalesce(openai_api_key_id, cast(provider_key_id as {{ dbt.type_string() }})) as key_id,
        sum(company_cost_usd) as cost_usd,
        sum(case when total_tokens <> 0 then company_cost_usd end) as tokens_cost_usd,
        sum(case when company_cost_usd is not null then total_tokens else 0 end) as costed_tokens,
        sum(case when company_cost_usd is null then total_tokens else 0 end) as unpriced_tokens
    from {{ ref('fct_cost_daily') }}
    where
        is_counted
        and token_source = 'company'
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9

),

scoped_costs as (

    {%- for dimension in dimensions %}
    {{ 'union all' if not loop.first }}
    select
        source_instance,
        usage_date,
        '{{ dimension }}' as dimension,
        {{ columns.get(dimension, "''") }} as dimension_value,
        canonical_model_id,
        sum(cost_usd) as cost_usd,
        sum(tokens_cost_usd) as tokens_cost_usd,
        sum(costed_tokens) as costed_tokens,
        sum(unpriced_tokens) as unpriced_tokens
    from costs
    group by 1, 2, 3, 4, 5
    {%- endfor %}

),

-- how far each installation has been seen: to the last day that its source no longer changes, or an unfinished day would look
-- like a drop; is_current is whether it still reports, compared with the others
seen as (

    select
        source_instance,
        min(usage_date) as first_day,
        max(usage_date) as last_day,
        least(
            max(usage_date),
            cast({{ dbt.dateadd('day', -1, tokenmart.first_provisional_day()) }} as date)
        ) as seen_to,
        max(usage_date) > cast({{ dbt.dateadd('day', -14, 'max(max(usage_date)) over ()') }} as date) as is_current
    from costs
    where usage_date <= {{ tokenmart.as_of_day() }}
    group by 1

)
{%- endmacro %}
