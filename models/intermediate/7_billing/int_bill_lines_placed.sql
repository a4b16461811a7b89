{{ config(materialized='ephemeral') }}

-- Grain: a current line of a bill, with the project and key whose usage it is for.
-- Guarantee: a project that no usage of the day names is looked for in the usage that names none (usage_project ''), and
-- so is a key (usage_api_key), because a collector may not ask for ids that the bill has.
-- Trap: null is a line that names no project or key; '' is one whose project or key no usage names.

with lines as (

    select * from {{ ref('int_bill_lines') }}

),

used_projects as (

    select distinct
        source_instance,
        usage_date_utc,
        provider,
        project
    from {{ ref('int_usage_models_daily') }}

),

-- the keys of each project, and those of all
used_keys as (

    {%- for is_any_project, project in {'false': 'project', 'true': "''"}.items() %}
    {{ 'union all' if not loop.first }}
    select distinct
        source_instance,
        usage_date_utc,
        provider,
        {{ is_any_project }} as is_any_project,
        {{ project }} as key_project,
        api_key
    from {{ ref('int_usage_models_daily') }}
    {%- endfor %}

),

in_projects as (

    select
        lines.*,
        case
            when lines.project_id is not null and named.project is null and blank.project is not null then ''
            else lines.project_id
        end as usage_project
    from lines
    left join used_projects as named
        on
            lines.source_instance = named.source_instance
            and lines.usage_date_utc = named.usage_date_utc
            and lines.provider = named.provider
            and lines.project_id = named.project
    left join used_projects as blank
        on
            lines.source_instance = blank.source_instance
            and lines.usage_date_utc = blank.usage_date_utc
            and lines.provider = blank.provider
            and blank.project = ''

)

select
    lines.*,
    case
        when lines.openai_api_key_id is not null and named.api_key is null and blank.api_key is not null then ''
        else lines.openai_api_key_id
    end as usage_api_key
from in_projects as lines
left join used_keys as named
    on
        lines.source_instance = named.source_instance
        and lines.usage_date_utc = named.usage_date_utc
        and lines.provider = named.provider
        and (lines.usage_project is null) = named.is_any_project
        and coalesce(lines.usage_project, '') = named.key_project
        and lines.openai_api_key_id = named.api_key
left join used_keys as blank
    on
        lines.source_instance = blank.source_instance
        and lines.usage_date_utc = blank.usage_date_utc
        and lines.provider = blank.provider
        and (lines.usage_project is null) = blank.is_any_project
        and coalesce(lines.usage_project, '') = blank.key_project
        and blank.api_key = ''
