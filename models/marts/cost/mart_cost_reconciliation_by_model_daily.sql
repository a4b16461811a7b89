-- Question: on which model does the bill differ from what we count, and by how much?
-- Grain: UTC day × provider × canonical_model_id, per source_instance; canonical_model_id is null for what is no model's:
-- credits, charges that are not tokens, lines that name no model and have no usage.
-- Guarantee: billed_cost_usd adds up to the bill, and tokens and contracted cost to the provider's usage.
-- Trap: a line that names no model is allocated to the usage of its project and key, so its dollars are spread over their models.
-- Whether a day as a whole is reconciled, mart_cost_reconciliation_daily says; the lines are in mart_bill_lines.

{%- set money = tokenmart.type_money() %}
{%- set tolerance = 'cast(' ~ var('reconciliation_tolerance_usd') ~ ' as ' ~ money ~ ')' %}
{%- set share = 'cast(' ~ var('reconciliation_tolerance_share') ~ ' as decimal(7, 6))' %}

with figures as (

    select
        usages.source_instance,
        usages.usage_date_utc,
        nullif({{ tokenmart.bill_provider('usages') }}, '') as provider,
        models.canonical_model_id,
        usages.record_count,
        usages.total_tokens,
        case when usages.contracted_cost_usd is null then usages.total_tokens else 0 end as unpriced_tokens,
        usages.list_cost_usd,
        usages.contracted_cost_usd,
        case when usages.billed_cost_usd is null then usages.contracted_cost_usd end as unbilled_cost_usd,
        usages.billed_cost_usd,
        cast(null as {{ dbt.type_numeric() }}) as billed_without_usage_usd,
        0 as line_count
    from {{ ref('fct_provider_usage_daily') }} as usages
    left join {{ ref('int_canonical_models') }} as models
        on
            coalesce(usages.provider, '') = models.provider
            and usages.model_id = models.model_id
    union all
    select
        source_instance,
        usage_date_utc,
        provider,
        canonical_model_id,
        0 as record_count,
        0 as total_tokens,
        0 as unpriced_tokens,
        cast(null as {{ money }}) as list_cost_usd,
        cast(null as {{ money }}) as contracted_cost_usd,
        cast(null as {{ money }}) as unbilled_cost_usd,
        billed_cost_usd,
        billed_cost_usd as billed_without_usage_usd,
        1 as line_count
    from {{ ref('mart_bill_lines') }}
    where usage_row_count = 0

),

daily as (

    select
        source_instance,
        usage_date_utc,
        provider,
        canonical_model_id,
        {% for count in ['record_count', 'total_tokens', 'unpriced_tokens', 'line_count'] -%}
        cast(sum({{ count }}) as {{ dbt.type_bigint() }}) as {{ count }},
        {% endfor -%}
        {% for cost in ['list_cost_usd', 'contracted_cost_usd', 'unbilled_cost_usd'] -%}
        cast(sum({{ cost }}) as {{ money }}) as {{ cost }},
        {% endfor -%}
        cast(sum(billed_cost_usd) as {{ dbt.type_numeric() }}) as billed_cost_usd,
        cast(sum(billed_without_usage_usd) as {{ dbt.type_numeric() }}) as billed_without_usage_usd
    from figures
    group by 1, 2, 3, 4

)

select
    source_instance,
    usage_date_utc,
    provider,
    canonical_model_id,
    case
        when billed_cost_usd is null then 'usage_without_bill'
        when record_count = 0 and canonical_model_id is null then 'not_of_a_model'
        when record_count = 0 then 'bill_without_usage'
        when unpriced_tokens > 0 or contracted_cost_usd is null then 'unpriced'
        when
            abs(billed_cost_usd - contracted_cost_usd) <= greatest({{ tolerance }}, abs(billed_cost_usd) * {{ share }})
            then 'agrees'
        else 'differs'
    end as status,
    record_count,
    total_tokens,
    unpriced_tokens,
    list_cost_usd,
    contracted_cost_usd,
    billed_cost_usd,
    cast(billed_cost_usd - coalesce(contracted_cost_usd, 0) as {{ money }}) as difference_usd,
    unbilled_cost_usd,
    billed_without_usage_usd,
    line_count as lines_without_usage
from daily
