{{ config(materialized='ephemeral') }}

-- Grain: one row for each row of usage_events without a window, whose usage a counted window reports too; and one for each
-- cost line of dollars alone, whose usage such rows report.
-- Guarantee: outside of every counted window of its key and model, a row without a window counts, and so does one that
-- names another project, user, API key, tier or batch than the window. A cost line without
-- tokens and requests reports no usage, and excludes none.
-- Trap: a collector that once polled wrote rows without a window, which the usage API's windows later
-- repeat. Where a poll's row is for more than its own moment, requests_beside_windows: day
-- excludes all of a UTC day that has a counted window.

{%- set whole_days = var('requests_beside_windows') == 'day' %}

with remaining as (

    select measured.*
    from {{ ref('int_provider_usage_comparable') }} as measured
    left join {{ ref('int_provider_usage_repeats') }} as repeated
        on
            measured.source_instance = repeated.source_instance
            and measured.row_key = repeated.row_key
    left join {{ ref('int_provider_superseded_windows') }} as overlapped
        on
            measured.source_instance = overlapped.source_instance
            and measured.row_key = overlapped.row_key
    where
        repeated.row_key is null
        and overlapped.row_key is null

),

-- in most deployments a key and model have windows only
mixed as (

    select
        source_instance,
        provider_key_id,
        model_id
    from remaining
    group by 1, 2, 3
    having count(window_us) between 1 and count(*) - 1

),

moments as (

    select remaining.*
    from remaining
    inner join mixed
        on
            remaining.source_instance = mixed.source_instance
            and remaining.provider_key_id = mixed.provider_key_id
            and remaining.model_id = mixed.model_id
    where remaining.window_us is null

),

windows as (

    select
        remaining.*,
        remaining.is_ungrouped_day and not remaining.reports_usage as is_dollars_alone,
        cast({{ dbt.dateadd('day', 'offsets.day_offset', 'cast(remaining.window_start as date)') }} as date) as touched_date
    from remaining
    inner join mixed
        on
            remaining.source_instance = mixed.source_instance
            and remaining.provider_key_id = mixed.provider_key_id
            and remaining.model_id = mixed.model_id
    {{ tokenmart.cross_join_days(
        dbt.datediff('remaining.window_start', dbt.dateadd('microsecond', -1, 'remaining.window_end'), 'day'), 'offsets'
    ) }}
    where remaining.window_us is not null
    {{ tokenmart.materialization_fence() }}

),

inside_windows as (

    select distinct
        moments.source_instance,
        moments.row_key
    from moments
    inner join windows
        on
            moments.source_instance = windows.source_instance
            and moments.provider_key_id = windows.provider_key_id
            and moments.model_id = windows.model_id
            and cast(moments.used_at as date) = windows.touched_date
    where
        not windows.is_dollars_alone
        and {{ tokenmart.agrees_where_named('windows', 'moments') }}
        {%- if not whole_days %}
        and moments.used_at >= windows.window_start
        and moments.used_at < windows.window_end
        {%- endif %}

)

select
    source_instance,
    row_key,
    'inside_a_window' as exclusion_reason
from inside_windows

union all

select distinct
    windows.source_instance,
    windows.row_key,
    'cost_line' as exclusion_reason
from windows
inner join moments
    on
        windows.source_instance = moments.source_instance
        and windows.provider_key_id = moments.provider_key_id
        and windows.model_id = moments.model_id
        and windows.touched_date = cast(moments.used_at as date)
where
    windows.is_dollars_alone
    and moments.used_at >= windows.window_start
    and moments.used_at < windows.window_end
    and {{ tokenmart.agrees_in_batch('windows', 'moments') }}
