{{ config(materialized='view') }}

-- Grain: UTC day × provider × project × API key, as finely as the day's bill names them.
-- Guarantee: the sums of all lines of the bills and of all provider usage, each in one row.
-- Trap: where a line for tokens names no project, the day is one row of all projects; where a project's line names no key,
-- the project is one row of all its keys. project_id and openai_api_key_id are then null.

{%- set of_lines = [
    'billed_cost_usd', 'non_token_usd', 'credits_usd', 'unknown_lines_usd', 'of_no_usage_usd', 'write_premium_usd',
] %}
{%- set of_usage = [
    'recorded_cost_usd', 'list_cost_usd', 'contracted_cost_usd', 'billed_cost_usd', 'of_unpriced_usd', 'unnamed_usd', 'free_usd',
    'incentive_usd', 'unknown_tier_usd', 'step_usd',
] %}
{%- set counts = {
    'line_count': 'lines', 'record_count': 'usage', 'total_tokens': 'usage', 'unpriced_tokens': 'usage', 'unclaimed_tokens': 'usage',
} %}
{%- set money = tokenmart.type_money() %}
{%- set all_dollars = (of_lines + of_usage) | unique | list %}
{#- null, and not 0, where there is no usage or no bill -#}
{%- set costs = ['recorded_cost_usd', 'list_cost_usd', 'contracted_cost_usd', 'billed_cost_usd'] %}

with token_lines as (

    select
        *,
        {{ tokenmart.project_group('usage_project') }} as project_group
    from {{ ref('int_bill_scopes') }}
    where line_kind in ('model', 'any')

),

day_scopes as (

    select
        source_instance,
        usage_date_utc,
        provider,
        max(case when project_scope = 'any' then 1 else 0 end) as is_any_project,
        max(case when project_scope = 'rest' then 1 else 0 end) as has_rest
    from token_lines
    group by 1, 2, 3

),

project_scopes as (

    select
        source_instance,
        usage_date_utc,
        provider,
        project_group,
        max(case when key_scope = 'any' then 1 else 0 end) as is_any_key,
        max(case when key_scope = 'rest' then 1 else 0 end) as has_rest
    from token_lines
    group by 1, 2, 3, 4

),

figures as (

    {%- for kind, relation, own in [
        ('lines', ref('int_reconciliation_lines'), of_lines), ('usage', ref('int_reconciliation_usage'), of_usage),
    ] %}
    {{ 'union all' if not loop.first }}
    select
        {% for count, counted in counts.items() -%}
        {{ count if counted == kind else 'cast(null as ' ~ dbt.type_bigint() ~ ') as ' ~ count }},
        {% endfor -%}
        {% for dollars in all_dollars -%}
        {{ dollars if dollars in own else 'cast(null as ' ~ money ~ ') as ' ~ dollars }},
        {% endfor -%}
        source_instance,
        usage_date_utc,
        provider,
        project_id,
        openai_api_key_id,
        project_group,
        is_named_project,
        is_named_key
    from {{ relation }}
    {%- endfor %}

),

placed as (

    select
        figures.*,
        nullif(figures.provider, '') as row_provider,
        case
            when day_scopes.is_any_project = 1 or (day_scopes.has_rest = 1 and not figures.is_named_project) then null
            else nullif(figures.project_id, '')
        end as row_project_id,
        case
            when
                day_scopes.is_any_project = 1
                or project_scopes.is_any_key = 1
                or (project_scopes.has_rest = 1 and not figures.is_named_key)
                then null
            else nullif(figures.openai_api_key_id, '')
        end as row_api_key_id
    from figures
    left join day_scopes
        on
            figures.source_instance = day_scopes.source_instance
            and figures.usage_date_utc = day_scopes.usage_date_utc
            and figures.provider = day_scopes.provider
    left join project_scopes
        on
            figures.source_instance = project_scopes.source_instance
            and figures.usage_date_utc = project_scopes.usage_date_utc
            and figures.provider = project_scopes.provider
            and figures.project_group = project_scopes.project_group

)

select
    source_instance,
    usage_date_utc,
    row_provider as provider,
    row_project_id as project_id,
    row_api_key_id as openai_api_key_id,
    {% for dollars in all_dollars -%}
    {%- set total = 'sum(' ~ dollars ~ ')' -%}
    cast({{ total if dollars in costs else 'coalesce(' ~ total ~ ', 0)' }} as {{ money }}) as {{ dollars }},
    {% endfor -%}
    {% for count in counts if count != 'unclaimed_tokens' -%}
    cast(coalesce(sum({{ count }}), 0) as {{ dbt.type_bigint() }}) as {{ count }},
    {% endfor -%}
    cast(coalesce(sum(unclaimed_tokens), 0) as {{ dbt.type_bigint() }}) as unclaimed_tokens
from placed
group by 1, 2, 3, 4, 5
