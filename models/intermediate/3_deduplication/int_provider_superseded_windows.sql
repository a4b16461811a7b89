-- Grain: one row for each window that is excluded, because other windows of its key and model report its usage.
-- Guarantee: finer windows supersede a window only if they cover all of its time or report as much; what they
-- leave of it is listed as uncovered tokens and guessed nowhere. Else it counts, and the finer ones are excluded.
-- Trap: the application files the provider's daily cost lines among the usage, as a day window without project, user,
-- API key, tier and batch. Usage of no project looks the same. A total is never smaller than its parts, so such a day
-- next to days that name something is a cost line only if it has no tokens or as many as they.

{#- as in int_provider_window_depths #}
{%- set layers = tokenmart.window_layers() %}
{%- set beyond = 'sum(reported_input_tokens) - sum(total_input_tokens), sum(reported_output_tokens) - sum(total_output_tokens), '
    ~ 'sum(reported_quantity) - sum(quantity)' %}

with pairs as (

    select * from {{ ref('int_provider_window_pairs') }}

),

-- From the finest up: each span is decided by what the layers below it have left.
excluded_0 as (

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
overlaps_{{ layer }} as (

    select
        pairs.*,
        max(pairs.overlap_until_us) over (
            partition by pairs.source_instance, pairs.row_key
            order by pairs.overlap_from_us, pairs.finer_row_key
            rows between unbounded preceding and 1 preceding
        ) as covered_until_us,
        row_number() over (
            partition by pairs.source_instance, pairs.span_key, pairs.finer_row_key
            order by pairs.row_key
        ) as occurrence
    from pairs
    inner join {{ ref('int_provider_window_depths') }} as depths
        on
            pairs.source_instance = depths.source_instance
            and pairs.span_key = depths.span_key
    left join excluded_{{ layer - 1 }} as excluded
        on
            pairs.source_instance = excluded.source_instance
            and pairs.finer_row_key = excluded.row_key
    where
        depths.depth = {{ layer }}
        and excluded.row_key is null

),

weighed_{{ layer }} as (

    select
        source_instance,
        span_key,
        row_key,
        is_ungrouped_day,
        total_input_tokens,
        total_output_tokens,
        quantity,
        max(finer_us) = window_us as has_parts,
        sum(
            greatest(overlap_until_us - greatest(overlap_from_us, coalesce(covered_until_us, overlap_from_us)), 0)
        ) >= window_us as is_covered,
        sum(finer_input_tokens) as finer_input_tokens,
        sum(finer_output_tokens) as finer_output_tokens,
        -- what lies under several rows of a span is reported once
        sum(case when occurrence = 1 then finer_input_tokens else 0 end) as reported_input_tokens,
        sum(case when occurrence = 1 then finer_output_tokens else 0 end) as reported_output_tokens,
        sum(case when occurrence = 1 then finer_quantity else 0 end) as reported_quantity
    from overlaps_{{ layer }}
    group by source_instance, span_key, row_key, is_ungrouped_day, window_us, total_input_tokens, total_output_tokens, quantity

),

spans_{{ layer }} as (

    select
        source_instance,
        span_key,
        case
            when
                least({{ beyond }}) >= 0
                and (
                    not bool_or(has_parts)
                    or greatest({{ beyond }}) = 0
                    or sum(total_input_tokens + total_output_tokens + quantity) = 0
                )
                then 'is superseded'
            when bool_and(is_covered) and not bool_or(has_parts) then 'is superseded'
            when bool_or(has_parts) and greatest({{ beyond }}) > 0 then 'counts with the finer ones'
            else 'counts'
        end as verdict
    from weighed_{{ layer }}
    group by source_instance, span_key

),

excluded_{{ layer }} as (

    select * from excluded_{{ layer - 1 }}

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
    where spans.verdict = 'is superseded'

    union all

    -- one that reaches into a span that it supersedes stays
    select
        overlapping.source_instance,
        overlapping.finer_row_key as row_key,
        'coarser_window' as exclusion_reason,
        cast(null as {{ dbt.type_bigint() }}) as uncovered_input_tokens,
        cast(null as {{ dbt.type_bigint() }}) as uncovered_output_tokens
    from overlaps_{{ layer }} as overlapping
    inner join spans_{{ layer }} as spans
        on
            overlapping.source_instance = spans.source_instance
            and overlapping.span_key = spans.span_key
    group by overlapping.source_instance, overlapping.finer_row_key
    having bool_and(spans.verdict = 'counts')

){{ ',' if not loop.last }}
{% endfor %}

select * from excluded_{{ layers - 1 }}
