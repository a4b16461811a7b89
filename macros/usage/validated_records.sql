{#
    The usage records of the CTE `records` with every reason for quarantine, as the rest of a query after it: for
    all of the ledger (int_agents_usage_validated), and for the rows of this run (int_agents_usage_this_run).
#}
{% macro validated_records() -%}
-- every organization ever observed: one that was deleted since is still known
known_organizations as (

    select distinct
        source_instance,
        org_id
    from {{ ref('ledger_organizations') }}

),

last_known as (

    {{ tokenmart.last_known(ref('ledger_usage_records'), ['employee_id', 'agent_config_id'], within='org_id') }}

),

documented as (

    select
        records.*,
        coalesce(nullif(records.employee_id, ''), last_known.employee_id) as known_employee_id,
        coalesce(nullif(records.agent_config_id, ''), last_known.agent_config_id) as known_agent_config_id,
        case when {{ tokenmart.is_json('records.metadata') }} then records.metadata end as document
    from records
    left join last_known
        on
            records.source_instance = last_known.source_instance
            and records.row_key = last_known.row_key
            and records.org_id = last_known.org_id

),

parsed as (

    {{ tokenmart.agents_token_counts('documented') }}

),

validated as (

    select
        parsed.*,
        nullif(concat_ws(
            ', ',
            case when parsed.usage_record_id is null then 'missing_id' end,
            case when parsed.occurrence > 1 then 'repeated_id' end,
            case when parsed.org_id is null then 'missing_org' end,
            case when parsed.org_id is not null and known_organizations.org_id is null then 'unknown_org' end,
            case when nullif(trim(parsed.resource_type, ' '), '') is null then 'missing_resource_type' end,
            case when parsed.quantity is null then 'missing_quantity' end,
            case when parsed.recorded_cost_usd is null then 'missing_cost' end,
            case when parsed.period_start is null or parsed.period_end is null then 'missing_period' end,
            case when parsed.token_source not in ('company', 'personal') then 'unknown_token_source' end,
            case when parsed.quantity < 0 then 'negative_quantity' end,
            case when parsed.quantity > {{ var('max_quantity') }} then 'quantity_too_large' end,
            case when {{ tokenmart.has_negative_tokens('parsed.metadata') }} then 'negative_tokens' end,
            case when parsed.period_end < parsed.period_start then 'period_inverted' end,
            case
                when
                    parsed.period_end
                    > {{ dbt.dateadd('day', var('max_period_days'), tokenmart.clamped('parsed.period_start')) }}
                    then 'period_too_long'
            end,
            case when parsed.period_start < {{ tokenmart.earliest_moment() }} then 'before_earliest_date' end,
            case
                when
                    parsed.period_start
                    > {{ dbt.dateadd('hour', var('max_future_hours'), 'parsed.first_observed_at') }}
                    then 'from_the_future'
            end
        ), '') as quarantine_reasons
    from parsed
    left join known_organizations
        on
            parsed.source_instance = known_organizations.source_instance
            and parsed.org_id = known_organizations.org_id

)

-- content_hash stays in the ledger: its type is each engine's own
select
    row_key,
    occurrence,
    row_version,
    batch_id,
    observed_at,
    first_observed_at,
    is_deleted,
    source_instance,
    usage_record_id,
    org_id,
    employee_id,
    agent_config_id,
    resource_type,
    token_source,
    metadata,
    period_start,
    period_end,
    created_at,
    quantity,
    recorded_cost_usd,
    known_employee_id,
    known_agent_config_id,
    resource_type in ({{ tokenmart.quoted_list(var('level_resource_types')) }}) as is_level,
    model_id,
    metadata_input_tokens,
    metadata_output_tokens,
    metadata_cached_input_tokens,
    metadata_cache_write_tokens,
    metadata_cache_write_1h_tokens,
    coalesce(has_other_modalities, false) as has_other_modalities,
    quarantine_reasons
from validated
{%- endmacro %}
