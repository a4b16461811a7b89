-- Grain: a current line of a bill, with whose usage it is for.
-- Guarantee: project_scope and key_scope are named (the one that the line names), rest (those that no line for tokens
-- names) or any. A line without a project is for any, but where other lines of the day name projects and some
-- usage has none of these, for the rest; likewise a line without a key, among the lines of its project.
-- Trap: a line that is not for tokens is never for the rest.

with lines as (

    select * from {{ ref('int_bill_matches') }}

),

usages as (

    select * from {{ ref('int_billable_usage') }}

),

token_lines as (

    select
        *,
        {{ tokenmart.project_group('usage_project') }} as project_group
    from lines
    where line_kind in ('model', 'any')

),

days_with_projects as (

    select distinct
        source_instance,
        usage_date_utc,
        provider
    from token_lines
    where project_id is not null

),

days_with_rest as (

    select distinct
        usages.source_instance,
        usages.usage_date_utc,
        usages.provider
    from usages
    inner join days_with_projects
        on
            usages.source_instance = days_with_projects.source_instance
            and usages.usage_date_utc = days_with_projects.usage_date_utc
            and usages.provider = days_with_projects.provider
    where not usages.is_named_project

),

projects_with_keys as (

    select distinct
        source_instance,
        usage_date_utc,
        provider,
        project_group
    from token_lines
    where openai_api_key_id is not null

),

projects_with_rest as (

    select distinct
        usages.source_instance,
        usages.usage_date_utc,
        usages.provider,
        usages.project_group
    from usages
    inner join projects_with_keys
        on
            usages.source_instance = projects_with_keys.source_instance
            and usages.usage_date_utc = projects_with_keys.usage_date_utc
            and usages.provider = projects_with_keys.provider
            and usages.project_group = projects_with_keys.project_group
    where not usages.is_named_key

),

scoped as (

    select
        lines.*,
        case
            when lines.project_id is not null then 'named'
            when lines.line_kind in ('model', 'any') and days_with_rest.provider is not null then 'rest'
            else 'any'
        end as project_scope,
        projects_with_rest.provider is not null as has_rest_of_keys
    from lines
    left join days_with_rest
        on
            lines.source_instance = days_with_rest.source_instance
            and lines.usage_date_utc = days_with_rest.usage_date_utc
            and lines.provider = days_with_rest.provider
    left join projects_with_rest
        on
            lines.source_instance = projects_with_rest.source_instance
            and lines.usage_date_utc = projects_with_rest.usage_date_utc
            and lines.provider = projects_with_rest.provider
            and {{ tokenmart.project_group('lines.usage_project') }} = projects_with_rest.project_group

),

keyed as (

    select
        *,
        case
            when openai_api_key_id is not null then 'named'
            when line_kind in ('model', 'any') and project_scope <> 'any' and has_rest_of_keys then 'rest'
            else 'any'
        end as key_scope
    from scoped

)

select
    {% for column in [
        'source_instance', 'line_key', 'usage_date_utc', 'provider', 'project_id', 'openai_api_key_id', 'usage_project',
        'usage_api_key', 'line_item', 'named_model', 'direction', 'line_kind', 'processing', 'context_band', 'matched_by',
        'matched_model', 'project_scope', 'key_scope',
    ] -%}
    {{ column }},
    {% endfor -%}
    {{ tokenmart.named_apart(
        'source_instance, usage_date_utc, provider, project_scope, usage_project, key_scope, usage_api_key, matched_by, matched_model,'
        ~ ' processing, context_band'
    ) }} as named_apart,
    billed_cost_usd,
    quantity
from keyed
