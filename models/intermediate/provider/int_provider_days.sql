-- Grain: usage_date_utc, per source_instance: the days that this run counts anew (is_touched), and those
-- beside them that it must look at to do so.
-- Guarantee: every day on which a version that is not counted yet stands, or stood before it moved.
-- Trap: a window reaches into the days beside it. What it covers there, and what covers that, is at most
-- two lengths of a window away.

{%- set reach = 2 * ((var('max_window_hours') / 24) | round(0, 'ceil') | int) %}
{%- set events = ref('ledger_usage_events') %}
{%- set keys = ref('ledger_provider_keys') %}

with counted as (

    select
        {{ tokenmart.watermark('int_provider_usage_daily', events) }} as events_batch_id,
        {{ tokenmart.watermark('int_provider_usage_daily', keys) }} as keys_batch_id

),

changed as (

    select
        versions.source_instance,
        versions.row_key,
        versions.row_version,
        versions.usage_date_utc
    from {{ events }} as versions
    cross join counted
    where versions.batch_id > counted.events_batch_id

),

-- a row of a key that was not known yet is in quarantine until the key comes
new_keys as (

    select distinct
        keys.source_instance,
        keys.provider_key_id
    from {{ keys }} as keys
    cross join counted
    where
        keys.batch_id > counted.keys_batch_id
        and counted.events_batch_id > 0

),

positions as (

    select
        source_instance,
        usage_date_utc
    from changed

    union all

    select
        former.source_instance,
        former.usage_date_utc
    from {{ events }} as former
    inner join changed
        on
            former.source_instance = changed.source_instance
            and former.row_key = changed.row_key
            and former.row_version = changed.row_version - 1

    union all

    select
        events.source_instance,
        events.usage_date_utc
    from {{ events }} as events
    inner join new_keys
        on
            events.source_instance = new_keys.source_instance
            and events.provider_key_id = new_keys.provider_key_id
    {{ tokenmart.rebuilt_days(events) }}

),

days as (

    select distinct
        source_instance,
        usage_date_utc
    from positions
    where usage_date_utc is not null

),

reached as (

    select
        days.source_instance,
        cast({{ dbt.dateadd('day', 'offsets.day_offset - ' ~ (2 * reach), 'days.usage_date_utc') }} as date) as usage_date_utc,
        offsets.day_offset between {{ reach }} and {{ 3 * reach }} as is_touched
    from days
    {{ tokenmart.cross_join_days(4 * reach, 'offsets') }}

)

select
    source_instance,
    usage_date_utc,
    max(case when is_touched then 1 else 0 end) = 1 as is_touched,
    (select max(batch_id) from {{ events }}) as events_batch_id,
    (select max(batch_id) from {{ keys }}) as keys_batch_id
from reached
group by 1, 2
