-- Grain: one row a window row whose key and model finer rows tell of, too.
-- Guarantee: a window is here if and only if a finer one that is not here tells of its usage. What these leave of the
-- coarser one is listed as uncovered tokens and guessed nowhere; it is negative where they tell more.
-- Trap: the application files the provider's daily cost lines among the usage, as a day window without
-- project, user, API key, tier and batch. Such a row is a cost line only if finer rows cover its day.

{#- how many windows may lie over one another; the usage API has minutes, hours, days, and days that name nothing #}
{%- set layers = 6 %}

with windows as (

    select measured.*
    from {{ ref('int_provider_usage_measured') }} as measured
    left join {{ ref('int_provider_usage_repeated') }} as repeated
        on
            measured.source_instance = repeated.source_instance
            and measured.row_key = repeated.row_key
    where
        measured.window_us is not null
        and repeated.row_key is null

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

-- each window on the days that it touches, so that only neighbours are compared
placed as (

    select
        windows.*,
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

),

pairs as (

    select
        coarse.source_instance,
        coarse.row_key,
        coarse.is_ungrouped_day,
        coarse.total_input_tokens,
        coarse.total_output_tokens,
        finer.row_key as finer_row_key,
        finer.total_input_tokens as finer_input_tokens,
        finer.total_output_tokens as finer_output_tokens
    from placed as coarse
    inner join placed as finer
        on
            coarse.source_instance = finer.source_instance
            and coarse.provider_key_id = finer.provider_key_id
            and coarse.model_id = finer.model_id
            and coarse.touched_date = finer.touched_date
    where
        coarse.may_be_coarse
        and finer.window_start < coarse.window_end
        and coarse.window_start < finer.window_end
        -- of the days that both touch, the first has the pair
        and cast(greatest(coarse.window_start, finer.window_start) as date) = coarse.touched_date
        and (
            (finer.window_us < coarse.window_us and {{ tokenmart.agrees_where_named('coarse', 'finer') }})
            or (
                finer.window_us = coarse.window_us
                and coarse.is_ungrouped_day and not finer.is_ungrouped_day
                and {{ tokenmart.agrees_in_batch('coarse', 'finer') }}
            )
        )

),

-- A window gives way only to one that does not give way itself. Each step is right for one layer more.
given_way_1 as (

    select distinct
        source_instance,
        row_key
    from pairs

),
{% for layer in range(2, layers) %}
given_way_{{ layer }} as (

    select distinct
        pairs.source_instance,
        pairs.row_key
    from pairs
    left join given_way_{{ layer - 1 }} as finer
        on
            pairs.source_instance = finer.source_instance
            and pairs.finer_row_key = finer.row_key
    where finer.row_key is null

),
{% endfor %}
told as (

    select pairs.*
    from pairs
    left join given_way_{{ layers - 1 }} as given_way
        on
            pairs.source_instance = given_way.source_instance
            and pairs.finer_row_key = given_way.row_key
    where given_way.row_key is null

)

select
    source_instance,
    row_key,
    case when is_ungrouped_day then 'cost_line' else 'finer_windows' end as exclusion_reason,
    total_input_tokens - sum(finer_input_tokens) as uncovered_input_tokens,
    total_output_tokens - sum(finer_output_tokens) as uncovered_output_tokens
from told
group by source_instance, row_key, is_ungrouped_day, total_input_tokens, total_output_tokens
