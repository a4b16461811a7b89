-- Grain: a row of provider usage on a UTC day of its provider that has lines for tokens.
-- Guarantee: whether such a line names the row's project, and its key among the lines of the project.
-- Trap: project_group is '' for a project that no line names; lines without a project are for these. The project
-- that no usage names is a group as well, '='.

with token_lines as (

    select * from {{ ref('int_bill_matches') }}
    where line_kind in ('model', 'any')

),

billed_days as (

    select distinct
        source_instance,
        usage_date_utc,
        provider
    from token_lines

),

named_projects as (

    select distinct
        source_instance,
        usage_date_utc,
        provider,
        usage_project
    from token_lines
    where usage_project is not null

),

named_keys as (

    select distinct
        source_instance,
        usage_date_utc,
        provider,
        {{ tokenmart.project_group('usage_project') }} as project_group,
        usage_api_key
    from token_lines
    where usage_api_key is not null

),

usages as (

    select
        source_instance,
        usage_key,
        usage_date_utc,
        {{ tokenmart.bill_provider() }} as provider,
        coalesce(project_id, '') as project_id,
        coalesce(openai_api_key_id, '') as openai_api_key_id
    from {{ ref('int_provider_usage_priced') }}

),

grouped as (

    select
        usages.*,
        named_projects.usage_project is not null as is_named_project,
        {{ tokenmart.project_group('named_projects.usage_project') }} as project_group
    from usages
    inner join billed_days
        on
            usages.source_instance = billed_days.source_instance
            and usages.usage_date_utc = billed_days.usage_date_utc
            and usages.provider = billed_days.provider
    left join named_projects
        on
            usages.source_instance = named_projects.source_instance
            and usages.usage_date_utc = named_projects.usage_date_utc
            and usages.provider = named_projects.provider
            and usages.project_id = named_projects.usage_project

)

select
    grouped.*,
    named_keys.usage_api_key is not null as is_named_key
from grouped
left join named_keys
    on
        grouped.source_instance = named_keys.source_instance
        and grouped.usage_date_utc = named_keys.usage_date_utc
        and grouped.provider = named_keys.provider
        and grouped.project_group = named_keys.project_group
        and grouped.openai_api_key_id = named_keys.usage_api_key
