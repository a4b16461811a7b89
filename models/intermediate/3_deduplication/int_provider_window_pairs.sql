{{ config(materialized='ephemeral') }}

-- Grain: a window × a finer window of its key and model that lies over some of its time and may report the same usage.
-- Guarantee: every such pair once, of the windows that are no repeats. Finer is narrower, or a day that names something under
-- one that names nothing.
-- Trap: windows of one time are decided together, so each has the key of the first of them (span_key).

with windows as (

    select comparable.*
    from {{ ref('int_provider_usage_comparable') }} as comparable
    left join {{ ref('int_provider_usage_repeats') }} as repeats
        on
            comparable.source_instance = repeats.source_instance
            and comparable.row_key = repeats.row_key
    where
        comparable.window_us is not null
        and repeats.row_key is null

),

-- where all windows of a key and model are of one kind, and that is nearly everywhere, none can overlap
mixed as (

    select
        source_instance,
        provider_key_id,
        model_id,
        min(window_us) as finest_us
    from windows
    group by source_instance, provider_key_id, model_id
    having
        min(window_us) < max(window_us)
        or (max(case when is_ungrouped_day then 1 else 0 end) > min(case when is_ungrouped_day then 1 else 0 end))

),

-- each window on the days that it touches, so that only neighbors are compared
placed as (

    select
        windows.*,
        {{ tokenmart.epoch_us('windows.window_start') }} as begins_us,
        {{ tokenmart.epoch_us('windows.window_end') }} as ends_us,
        first_value(windows.row_key) over (
            partition by
                windows.source_instance, windows.provider_key_id, windows.model_id,
                windows.window_start, windows.window_end, windows.is_ungrouped_day
            order by windows.row_key
        ) as span_key,
        windows.window_us > mixed.finest_us or windows.is_ungrouped_day as may_be_coarse,
        cast({{ dbt.dateadd('day', 'offsets.day_offset', 'cast(windows.window_start as date)') }} as date) as touched_date
    from windows
    inner join mixed
        on
            windows.source_instance = mixed.source_instance
            and windows.provider_key_id = mixed.provider_key_id
            and windows.model_id = mixed.model_id
    {{ tokenmart.cross_join_days(
        dbt.datediff('windows.window_start', dbt.dateadd('microsecond', -1, 'windows.window_end'), 'day'), 'offsets'
    ) }}

)

select
    coarse.source_instance,
    coarse.span_key,
    coarse.row_key,
    coarse.is_ungrouped_day,
    coarse.window_us,
    coarse.total_input_tokens,
    coarse.total_output_tokens,
    coarse.quantity,
    finer.span_key as finer_span_key,
    finer.row_key as finer_row_key,
    finer.window_us as finer_us,
    finer.total_input_tokens as finer_input_tokens,
    finer.total_output_tokens as finer_output_tokens,
    finer.quantity as finer_quantity,
    greatest(coarse.begins_us, finer.begins_us) as overlap_from_us,
    least(coarse.ends_us, finer.ends_us) as overlap_until_us
from placed as coarse
inner join placed as finer
    on
        coarse.source_instance = finer.source_instance
        and coarse.provider_key_id = finer.provider_key_id
        and coarse.model_id = finer.model_id
        and coarse.touched_date = finer.touched_date
where
    coarse.may_be_coarse
    and finer.begins_us < coarse.ends_us
    and coarse.begins_us < finer.ends_us
    -- of the days that both touch, the first has the pair
    and cast(greatest(coarse.window_start, finer.window_start) as date) = coarse.touched_date
    and (
        (finer.window_us < coarse.window_us and {{ tokenmart.agrees_where_named('coarse', 'finer') }})
        or (
            finer.window_us = coarse.window_us
            and finer.begins_us = coarse.begins_us
            and coarse.is_ungrouped_day and not finer.is_ungrouped_day
            and {{ tokenmart.agrees_in_batch('coarse', 'finer') }}
        )
    )
