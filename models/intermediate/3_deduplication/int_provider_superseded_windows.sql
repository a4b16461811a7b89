-- Grain: one row a window row that gives way, because other windows of its key and model tell its usage.
-- Guarantee: a window gives way to finer ones only if they cover all of its time or tell as many tokens; what they
-- leave of it is listed as uncovered tokens and guessed nowhere. Else it counts, and the finer ones are left out.
-- Trap: the application files the provider's daily cost lines among the usage, as a day window without project, user,
-- API key, tier and batch. Usage of no project looks the same. A total is never smaller than its parts, so such a day
-- beside days that name something is a cost line only if it has no tokens or as many as they.

{#- how many windows may lie over one another; the usage API has minutes, hours, days, and days that name nothing #}
{%- set layers = 6 %}

with windows as (

    select measured.*
    from {{ ref('int_provider_usage_comparable') }} as measured
    left join {{ ref('int_provider_usage_repeats') }} as repeated
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
        {{ tokenmart.epoch_us('windows.window_start') }} as begins_us,
        {{ tokenmart.epoch_us('windows.window_end') }} as ends_us,
        -- the windows of one time are decided together
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

),

pairs as (

    select
        coarse.source_instance,
        coarse.span_key,
        coarse.row_key,
        coarse.is_ungrouped_day,
        coarse.window_us,
        coarse.total_input_tokens,
        coarse.total_output_tokens,
        finer.span_key as finer_span_key,
        finer.row_key as finer_row_key,
        finer.window_us as finer_us,
        finer.total_input_tokens as finer_input_tokens,
        finer.total_output_tokens as finer_output_tokens,
        greatest(coarse.begins_us, finer.begins_us) as told_from_us,
        least(coarse.ends_us, finer.ends_us) as told_until_us
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

),

-- the spans that lie over one other, over one that lies over another, and so on
over_1 as (

    select distinct
        source_instance,
        span_key
    from pairs

),
{% for layer in range(2, layers) %}
over_{{ layer }} as (

    select distinct
        pairs.source_instance,
        pairs.span_key
    from pairs
    inner join over_{{ layer - 1 }} as finer
        on
            pairs.source_instance = finer.source_instance
            and pairs.finer_span_key = finer.span_key

),
{% endfor %}
depths as (

    select
        source_instance,
        span_key,
        count(*) as depth
    from (
        {%- for layer in range(1, layers) %}
        select * from over_{{ layer }}
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    ) as spans
    group by source_instance, span_key

),

-- From the finest up: each span is decided by what the layers below it have left.
left_out_0 as (

    select
        source_instance,
        row_key,
        cast(null as {{ dbt.type_string() }}) as exclusion_reason,
        cast(null as {{ dbt.type_bigint() }}) as uncovered_input_tokens,
        cast(null as {{ dbt.type_bigint() }}) as uncovered_output_tokens
    from pairs
    where false

),
{% for layer in range(1, layers) %}
told_{{ layer }} as (

    select
        pairs.*,
        max(pairs.told_until_us) over (
            partition by pairs.source_instance, pairs.row_key
            order by pairs.told_from_us, pairs.finer_row_key
            rows between unbounded preceding and 1 preceding
        ) as told_before_us,
        row_number() over (
            partition by pairs.source_instance, pairs.span_key, pairs.finer_row_key
            order by pairs.row_key
        ) as telling
    from pairs
    inner join depths
        on
            pairs.source_instance = depths.source_instance
            and pairs.span_key = depths.span_key
    left join left_out_{{ layer - 1 }} as left_out
        on
            pairs.source_instance = left_out.source_instance
            and pairs.finer_row_key = left_out.row_key
    where
        depths.depth = {{ layer }}
        and left_out.row_key is null

),

weighed_{{ layer }} as (

    select
        source_instance,
        span_key,
        row_key,
        is_ungrouped_day,
        total_input_tokens,
        total_output_tokens,
        max(finer_us) = window_us as has_parts,
        sum(
            greatest(told_until_us - greatest(told_from_us, coalesce(told_before_us, told_from_us)), 0)
        ) >= window_us as is_covered,
        sum(finer_input_tokens) as finer_input_tokens,
        sum(finer_output_tokens) as finer_output_tokens,
        -- what tells of several rows of a span is told once
        sum(case when telling = 1 then finer_input_tokens else 0 end) as told_input_tokens,
        sum(case when telling = 1 then finer_output_tokens else 0 end) as told_output_tokens
    from told_{{ layer }}
    group by source_instance, span_key, row_key, is_ungrouped_day, window_us, total_input_tokens, total_output_tokens

),

spans_{{ layer }} as (

    select
        source_instance,
        span_key,
        case
            when
                sum(told_input_tokens) >= sum(total_input_tokens)
                and sum(told_output_tokens) >= sum(total_output_tokens)
                and (
                    not bool_or(has_parts)
                    or sum(told_input_tokens + told_output_tokens) = sum(total_input_tokens + total_output_tokens)
                    or sum(total_input_tokens + total_output_tokens) = 0
                )
                then 'gives way'
            when bool_and(is_covered) and not bool_or(has_parts) then 'gives way'
            when
                bool_or(has_parts)
                and (
                    sum(told_input_tokens) > sum(total_input_tokens)
                    or sum(told_output_tokens) > sum(total_output_tokens)
                )
                then 'counts beside'
            else 'counts'
        end as verdict
    from weighed_{{ layer }}
    group by source_instance, span_key

),

left_out_{{ layer }} as (

    select * from left_out_{{ layer - 1 }}

    union all

    select
        weighed.source_instance,
        weighed.row_key,
        case when weighed.is_ungrouped_day then 'cost_line' else 'finer_windows' end as exclusion_reason,
        cast(weighed.total_input_tokens - weighed.finer_input_tokens as {{ dbt.type_bigint() }}) as uncovered_input_tokens,
        cast(weighed.total_output_tokens - weighed.finer_output_tokens as {{ dbt.type_bigint() }}) as uncovered_output_tokens
    from weighed_{{ layer }} as weighed
    inner join spans_{{ layer }} as spans
        on
            weighed.source_instance = spans.source_instance
            and weighed.span_key = spans.span_key
    where spans.verdict = 'gives way'

    union all

    -- one that reaches into a span that gives way to it stays
    select
        told.source_instance,
        told.finer_row_key as row_key,
        'coarser_window' as exclusion_reason,
        cast(null as {{ dbt.type_bigint() }}) as uncovered_input_tokens,
        cast(null as {{ dbt.type_bigint() }}) as uncovered_output_tokens
    from told_{{ layer }} as told
    inner join spans_{{ layer }} as spans
        on
            told.source_instance = spans.source_instance
            and told.span_key = spans.span_key
    group by told.source_instance, told.finer_row_key
    having bool_and(spans.verdict = 'counts')

){% if not loop.last %},
{% endif %}
{% endfor %}

select * from left_out_{{ layers - 1 }}
