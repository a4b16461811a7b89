-- Grain: a row of provider usage that a bill covers.
-- Guarantee: the parts of all lines, in micro-dollars. A bill covers the usage of the UTC day, provider, project and
-- key of any of its lines but a credit, whatever the line is for; usage that it charges nothing for cost 0.
-- Trap: usage without a price for which no line charges is not covered: nobody knows that it was free.

with lines as (

    select * from {{ ref('int_bill_matches') }}

),

parts as (

    select
        source_instance,
        usage_key,
        cast(sum(billed_cost_usd) as {{ dbt.type_numeric() }}) as billed_cost_usd,
        max(case when line_kind = 'model' then 1 else 0 end) = 1 as is_named,
        min(case when is_free then 1 else 0 end) = 1 as is_free
    from {{ ref('int_bill_parts') }}
    group by 1, 2

),

usages as (

    select * from {{ ref('int_provider_usage_priced') }}

),

scopes as (

    select distinct
        source_instance,
        usage_date_utc,
        provider,
        project_id is not null as names_project,
        openai_api_key_id is not null as names_key,
        coalesce(project_id, '') as project_id,
        coalesce(openai_api_key_id, '') as openai_api_key_id
    from lines
    where line_kind <> 'credit'

),

patterns as (

    select distinct
        names_project,
        names_key
    from scopes

),

covered as (

    select distinct
        usages.source_instance,
        usages.usage_key
    from usages
    cross join patterns
    inner join scopes
        on
            usages.source_instance = scopes.source_instance
            and usages.usage_date_utc = scopes.usage_date_utc
            and coalesce({{ tokenmart.plain_name('usages.provider') }}, '') = scopes.provider
            and case when patterns.names_project then coalesce(usages.project_id, '') else '' end = scopes.project_id
            and case when patterns.names_key then coalesce(usages.openai_api_key_id, '') else '' end = scopes.openai_api_key_id
            and patterns.names_project = scopes.names_project
            and patterns.names_key = scopes.names_key

)

select
    covered.source_instance,
    covered.usage_key,
    case
        when parts.usage_key is not null then parts.billed_cost_usd
        when usages.contracted_cost_usd is not null then 0
    end as billed_cost_usd,
    coalesce(parts.is_named, false) as is_named,
    coalesce(parts.is_free and parts.is_named, false) as is_free
from covered
inner join usages
    on
        covered.source_instance = usages.source_instance
        and covered.usage_key = usages.usage_key
left join parts
    on
        covered.source_instance = parts.source_instance
        and covered.usage_key = parts.usage_key
