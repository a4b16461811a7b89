{#
    The UTC days that a run counts anew (is_touched), and those beside them that it must look at to do so:
    every day on which a version stands that the consumer has not counted yet, on which one stood before it
    moved, or on which a row waits for a parent that is known only now. is_whole: nothing was counted yet, or
    nothing of it may stay.

    reach: how many days away a row can change what becomes of another.
    parent: {ledger, key, batch} of the rows' parent; batch is the column that holds its last batch.
#}
{% macro days_to_count(consumer, events, reach, parent=none) %}
{{- config(
    pre_hook="{{ tokenmart.forget_watermark('" ~ consumer ~ "') }}",
    post_hook="{{ tokenmart.hold_days_asked_for('" ~ consumer ~ "') }}",
) -}}
with

counted as (

    select
        {{ tokenmart.watermark(consumer, events) }} as events_batch_id
        {%- if parent %},
        {{ tokenmart.watermark(consumer, parent.ledger) }} as parents_batch_id
        {%- endif %}

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
{% if parent %}
new_parents as (

    select distinct
        parents.source_instance,
        parents.{{ parent.key }}
    from {{ parent.ledger }} as parents
    cross join counted
    where
        parents.batch_id > counted.parents_batch_id
        and counted.events_batch_id > 0

),
{% endif %}
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
    where changed.row_version > 1
    {%- if parent %}

    union all

    select
        waiting.source_instance,
        waiting.usage_date_utc
    from {{ events }} as waiting
    inner join new_parents
        on
            waiting.source_instance = new_parents.source_instance
            and waiting.{{ parent.key }} = new_parents.{{ parent.key }}
    {%- endif %}
    {%- if var('start_date') or var('end_date') %}

    union all

    select
        source_instance,
        usage_date_utc
    from {{ events }}
    where {{ tokenmart.is_asked_for('usage_date_utc') }}
    {%- endif %}

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
        cast({{ dbt.dateadd('day', 'offsets.day_offset - ' ~ (2 * reach), 'days.usage_date_utc') }} as date) as counted_date,
        offsets.day_offset between {{ reach }} and {{ 3 * reach }} as is_touched
    from days
    {{ tokenmart.cross_join_days(4 * reach, 'offsets') }}

)

select
    source_instance,
    counted_date,
    max(case when is_touched then 1 else 0 end) = 1 as is_touched,
    {{ tokenmart.this_run() }} as run_id,
    (select events_batch_id = 0 from counted) as is_whole,
    (select max(batch_id) from {{ events }}) as events_batch_id
    {%- if parent %},
    (select max(batch_id) from {{ parent.ledger }}) as parents_batch_id
    {%- endif %}
from reached
group by 1, 2
{% endmacro %}
