{{ config(
    pre_hook="{{ tokenmart.forget_watermark('int_agents_usage_daily') }}",
    post_hook="{{ tokenmart.hold_days_asked_for('int_agents_usage_daily') }}",
) }}

-- Grain: row_key, per source_instance: the usage records that this run judges anew.
-- Guarantee: every record with a version that is not counted yet, and every one that waits in quarantine for
-- an organisation that is known only now; since_version is the first version whose days must be counted anew.
-- Trap: a period moves from days to days; the version before the change tells from which.

{%- set records = ref('ledger_usage_records') %}
{%- set organizations = ref('ledger_organizations') %}

with counted as (

    select
        {{ tokenmart.watermark('int_agents_usage_daily', records) }} as records_batch_id,
        {{ tokenmart.watermark('int_agents_usage_daily', organizations) }} as organizations_batch_id

),

new_organizations as (

    select distinct
        organizations.source_instance,
        organizations.org_id
    from {{ organizations }} as organizations
    cross join counted
    where
        organizations.batch_id > counted.organizations_batch_id
        and counted.records_batch_id > 0

),

affected as (

    select
        versions.source_instance,
        versions.row_key,
        versions.row_version - 1 as since_version
    from {{ records }} as versions
    cross join counted
    where versions.batch_id > counted.records_batch_id

    union all

    select
        waiting.source_instance,
        waiting.row_key,
        waiting.row_version as since_version
    from {{ records }} as waiting
    inner join new_organizations
        on
            waiting.source_instance = new_organizations.source_instance
            and waiting.org_id = new_organizations.org_id
    {%- if var('start_date') or var('end_date') %}

    union all

    select
        asked.source_instance,
        asked.row_key,
        asked.row_version as since_version
    from {{ records }} as asked
    where
        {{ tokenmart.to_reporting_date(tokenmart.finite('asked.period_start')) }} <= {{ tokenmart.last_day_asked_for() }}
        and {{ tokenmart.to_reporting_date(tokenmart.finite('greatest(asked.period_end, asked.period_start)')) }}
        >= {{ tokenmart.first_day_asked_for() }}
    {%- endif %}

)

select
    source_instance,
    row_key,
    min(since_version) as since_version,
    {{ tokenmart.this_run() }} as run_id,
    (select counted.records_batch_id = 0 from counted) as is_whole,
    (select max(records.batch_id) from {{ records }} as records) as records_batch_id,
    (select max(organizations.batch_id) from {{ organizations }} as organizations) as organizations_batch_id
from affected
group by 1, 2
