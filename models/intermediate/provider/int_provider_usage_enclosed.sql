{{ config(materialized='view') }}

-- Grain: one row a row of usage_events without a window, for usage that a counted window tells of, too.
-- Guarantee: outside of every counted window of its key and model, a row without a window counts.
-- Trap: a collector that once polled wrote rows without a window, which the usage API's windows later
-- repeat. Where a poll's row stands for more than its own moment, requests_beside_windows: day leaves
-- out all of a UTC day that has a counted window.

{%- set whole_days = var('requests_beside_windows') == 'day' %}

with unrepeated as (

    select measured.*
    from {{ ref('int_provider_usage_measured') }} as measured
    left join {{ ref('int_provider_usage_repeated') }} as repeated
        on
            measured.source_instance = repeated.source_instance
            and measured.row_key = repeated.row_key
    where repeated.row_key is null

),

overlapped as (

    select * from {{ ref('int_provider_usage_overlapped') }}

),

-- in most deployments a key and model have windows only
mixed as (

    select
        source_instance,
        provider_key_id,
        model_id
    from unrepeated
    group by 1, 2, 3
    having count(window_us) between 1 and count(*) - 1

),

moments as (

    select unrepeated.*
    from unrepeated
    inner join mixed
        on
            unrepeated.source_instance = mixed.source_instance
            and unrepeated.provider_key_id = mixed.provider_key_id
            and unrepeated.model_id = mixed.model_id
    where unrepeated.window_us is null

),

counted_windows as (

    select
        unrepeated.*,
        cast({{ dbt.dateadd('day', 'offsets.day_offset', 'cast(unrepeated.window_start as date)') }} as date) as touched_date
    from unrepeated
    inner join mixed
        on
            unrepeated.source_instance = mixed.source_instance
            and unrepeated.provider_key_id = mixed.provider_key_id
            and unrepeated.model_id = mixed.model_id
    left join overlapped
        on
            unrepeated.source_instance = overlapped.source_instance
            and unrepeated.row_key = overlapped.row_key
    {{ tokenmart.cross_join_days(
        dbt.datediff('unrepeated.window_start', dbt.dateadd('microsecond', -1, 'unrepeated.window_end'), 'day'), 'offsets'
    ) }}
    where
        unrepeated.window_us is not null
        and overlapped.row_key is null
    {{ tokenmart.fence() }}

)

select distinct
    moments.source_instance,
    moments.row_key,
    'inside_a_window' as exclusion_reason
from moments
inner join counted_windows as windows
    on
        moments.source_instance = windows.source_instance
        and moments.provider_key_id = windows.provider_key_id
        and moments.model_id = windows.model_id
        and cast(moments.used_at as date) = windows.touched_date
{%- if not whole_days %}
where
    moments.used_at >= windows.window_start
    and moments.used_at < windows.window_end
{%- endif %}
