{{ config(materialized='view') }}

-- Question: what is each line of the bill for, and which usage did it pay for?
-- Grain: a current line of a bill, per source_instance.
-- Guarantee: every line that counts, once; its dollars are allocated to usage as a whole, or not at all.
-- Trap: a line that is allocated is in the billed_cost_usd of usage; one that is not is a row of fct_cost_daily of its own
-- (source_system 'billing'). outcome says why: no usage of its model, project and key on its day, a credit, what is not
-- tokens, or a text that cannot be understood. reconciled_project_id and reconciled_api_key_id name its row of
-- mart_cost_reconciliation_daily, with day and provider: null where the row is of all projects, or keys.

{%- set day = 'lines.source_instance, lines.usage_date_utc, lines.provider' %}
{%- set any_of_tokens = "max(case when lines.line_kind in ('model', 'any') and lines.{} = 'any' then 1 else 0 end)" %}
{%- set of_any_project = any_of_tokens.format('project_scope') ~ ' over (partition by ' ~ day ~ ') = 1' %}
{%- set project = day ~ ', ' ~ tokenmart.project_group('lines.usage_project') %}
{%- set of_any_key = any_of_tokens.format('key_scope') ~ ' over (partition by ' ~ project ~ ') = 1' %}

with lines as (

    select * from {{ ref('int_bill_scopes') }}

),

allocated as (

    select
        source_instance,
        line_key,
        count(*) as usage_row_count
    from {{ ref('int_bill_allocations') }}
    group by 1, 2

)

select
    lines.source_instance,
    lines.line_key,
    lines.usage_date_utc,
    nullif(lines.provider, '') as provider,
    lines.project_id,
    lines.openai_api_key_id,
    lines.line_item,
    lines.line_kind,
    case when lines.line_kind = 'model' then models.canonical_model_id end as canonical_model_id,
    lines.direction,
    lines.processing,
    lines.context_band,
    lines.quantity,
    lines.billed_cost_usd,
    case when not {{ of_any_project }} then nullif(lines.usage_project, '') end as reconciled_project_id,
    case when not ({{ of_any_project }} or {{ of_any_key }}) then nullif(lines.usage_api_key, '') end as reconciled_api_key_id,
    cast(coalesce(allocated.usage_row_count, 0) as {{ dbt.type_bigint() }}) as usage_row_count,
    case
        when allocated.usage_row_count > 0 then 'allocated'
        when lines.line_kind in ('model', 'any') then 'no_usage'
        else lines.line_kind
    end as outcome
from lines
left join allocated
    on
        lines.source_instance = allocated.source_instance
        and lines.line_key = allocated.line_key
left join {{ ref('int_canonical_models') }} as models
    on
        {{ tokenmart.provider_of_bill('lines.provider') }} = models.provider
        and lines.named_model = models.model_id
