-- Question: what did each organization use and cost in each month, with its share of what belongs to none?
-- Grain: month × org_id, per source_instance; org_id is '(no organization)' for what belongs to none.
-- Guarantee: everything is in here: totals equal those of all counted rows of fct_cost_daily to the last digit, and so does
-- showback_cost_usd those of company_cost_usd. agents, provider and voice cost say what a row's cost is made of.
-- Traps: a provider's usage names no organization, so it is in the row without one until the seed cost_owners says whose its keys
-- and projects are. Storage is a level: it is the average over the days on which it was measured.
-- Never average the ratios: add up numerators and denominators.

{%- set has_agents = 'agents' in var('sources_enabled') %}
{%- set text = dbt.type_string() %}

{{ tokenmart.cost_by_owner_monthly(['org_id']) }},

usages as (

    {{ tokenmart.rows_or_none(
        ref('fct_agent_usage_daily') if has_agents else none,
        {
            'source_instance': text, 'usage_date': 'date', 'org_id': text, 'resource_type': text,
            'quantity': dbt.type_bigint(),
        },
    ) }}

),

organizations as (

    {{ tokenmart.rows_or_none(
        ref('dim_organization') if has_agents else none, {'source_instance': text, 'org_id': text, 'org_name': text}
    ) }}

),

resources as (

    select
        source_instance,
        cast({{ dbt.date_trunc('month', 'usage_date') }} as date) as usage_month,
        org_id,
        cast(sum(case when resource_type = 'api_calls' then quantity else 0 end) as {{ dbt.type_bigint() }}) as api_calls,
        sum(case when resource_type = 'storage_mb' then quantity end) as storage_mb_days,
        count(distinct case when resource_type = 'storage_mb' then usage_date end) as storage_days
    from usages
    group by source_instance, cast({{ dbt.date_trunc('month', 'usage_date') }} as date), org_id

)

select
    owned.source_instance,
    owned.usage_month,
    coalesce(owned.org_id, '(no organization)') as org_id,
    coalesce(organizations.org_name, owned.org_id, '(no organization)') as org_name,
    resources.api_calls,
    {{ tokenmart.ratio('resources.storage_mb_days', 'resources.storage_days') }} as average_storage_mb,
    {{ tokenmart.owned_measures() }}
from owned
left join resources
    on
        owned.source_instance = resources.source_instance
        and owned.usage_month = resources.usage_month
        and owned.org_id = resources.org_id
left join organizations
    on
        owned.source_instance = organizations.source_instance
        and owned.org_id = organizations.org_id
