-- Grain: a row of provider usage that a bill covers.
-- Guarantee: what is allocated of all lines, in micro-dollars. A bill covers the usage of the UTC day, provider, project and
-- key of any of its lines for tokens; usage that it charges nothing for costs 0. Other lines say nothing about tokens.
-- free_cost_usd is the contracted cost of the classes that its lines name and charge with 0: a line for its input says
-- nothing about its output.
-- Trap: usage without a price for which no line charges is not covered: it is not known to be free.

{%- set directions = tokenmart.billed_categories() %}
{#- the narrowest ones, each class of tokens in one of them #}
{%- set kinds = directions | reject('in', ['input', 'cached_input', 'output']) | list %}

with lines as (

    select * from {{ ref('int_bill_scopes') }}

),

parts as (

    select
        source_instance,
        usage_key,
        cast(sum(billed_cost_usd) as {{ dbt.type_numeric() }}) as billed_cost_usd,
        {%- for kind in kinds %}
        {%- set covering = [] %}
        {%- for direction, classes in directions.items() if not directions[kind] | reject('in', classes) | list %}
        {%- do covering.append(direction) %}
        {%- endfor %}
        -- 0: named and free; 1: charged; null: in no line
        max(
            case
                when not coalesce(direction in ({{ tokenmart.quoted_list(covering) }}), true) then null
                when not is_free then 1
                when line_kind = 'model' then 0
            end
        ) as {{ kind }}_charge,
        {%- endfor %}
        max(case when line_kind = 'model' then 1 else 0 end) = 1 as is_named
    from {{ ref('int_bill_allocations') }}
    group by 1, 2

),

usages as (

    select
        source_instance,
        usage_key,
        usage_date_utc,
        {{ tokenmart.bill_provider() }} as provider,
        coalesce(project_id, '') as project,
        coalesce(openai_api_key_id, '') as api_key,
        {%- for kind in kinds %}
        {{ kind }}_contracted_cost_usd,
        {%- endfor %}
        contracted_cost_usd
    from {{ ref('int_provider_usage_priced') }}

),

scopes as (

    select distinct
        source_instance,
        usage_date_utc,
        provider,
        project_scope,
        key_scope,
        coalesce(usage_project, '') as usage_project,
        coalesce(usage_api_key, '') as usage_api_key
    from lines
    where line_kind in ('model', 'any')

),

patterns as (

    select distinct
        project_scope,
        key_scope
    from scopes

),

covered as (

    select distinct
        usages.source_instance,
        usages.usage_key
    from usages
    -- absent on a day whose lines are not for tokens
    left join {{ ref('int_billable_usage') }} as scoped
        on
            usages.source_instance = scoped.source_instance
            and usages.usage_key = scoped.usage_key
    cross join patterns
    inner join scopes
        on
            usages.source_instance = scopes.source_instance
            and usages.usage_date_utc = scopes.usage_date_utc
            and usages.provider = scopes.provider
            and {{ tokenmart.usage_in_scope('patterns.project_scope', 'usages.project', 'scoped.is_named_project') }}
            = scopes.usage_project
            and {{ tokenmart.usage_in_scope('patterns.key_scope', 'usages.api_key', 'scoped.is_named_key') }}
            = scopes.usage_api_key
            and patterns.project_scope = scopes.project_scope
            and patterns.key_scope = scopes.key_scope

)

select
    covered.source_instance,
    covered.usage_key,
    cast(
        case
            when parts.usage_key is not null then parts.billed_cost_usd
            when usages.contracted_cost_usd is not null then 0
        end as {{ dbt.type_numeric() }}
    ) as billed_cost_usd,
    coalesce(parts.is_named, false) as is_named,
    cast(
        0
        {%- for kind in kinds %}
        + case
            when parts.{{ kind }}_charge = 0 and usages.contracted_cost_usd is not null
                then coalesce(usages.{{ kind }}_contracted_cost_usd, 0)
            else 0
        end
        {%- endfor %} as {{ tokenmart.type_money() }}
    ) as free_cost_usd
from covered
inner join usages
    on
        covered.source_instance = usages.source_instance
        and covered.usage_key = usages.usage_key
left join parts
    on
        covered.source_instance = parts.source_instance
        and covered.usage_key = parts.usage_key
