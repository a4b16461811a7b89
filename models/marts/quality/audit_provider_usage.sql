-- Question: is every row of usage_events counted, excluded or quarantined, once?
-- Grain: usage_date_utc, per source_instance.
-- Guarantee: ledger, fact, exclusions and quarantine are each read on their own, so that a join that loses
-- or doubles a row on the way from one to the other cannot hide.
-- Trap: a row without a window has no window_start; its day is that of its timestamp. A row may hold audio and images
-- outside of its totals, so the tokens of the ledger are those of int_provider_token_totals.

-- a sum of whole numbers takes a fraction of the time that a sum of decimals takes
with arrived as (

    select
        source_instance,
        cast(coalesce(window_start, recorded_at) as date) as usage_date_utc,
        count(*) as row_count,
        cast(sum(total_input_tokens) as decimal(38, 0)) + cast(sum(total_output_tokens) as decimal(38, 0)) as tokens,
        sum(coalesce(recorded_cost_usd, 0)) as recorded_cost_usd
    from {{ ref('int_provider_token_totals') }}
    group by 1, 2

),

figures as (

    select
        source_instance,
        usage_date_utc,
        'in' as outcome,
        row_count,
        tokens,
        recorded_cost_usd
    from arrived

    union all

    select
        source_instance,
        usage_date_utc as usage_date_utc,
        'counted' as outcome,
        record_count as row_count,
        total_tokens as tokens,
        coalesce(recorded_cost_usd, 0) as recorded_cost_usd
    from {{ ref('fct_provider_usage_daily') }}

    {% for outcome, rows in {
        'excluded': ref('excluded_usage_events'), 'quarantined': ref('quarantine_usage_events'),
    }.items() -%}
    union all

    select
        source_instance,
        cast(coalesce(window_start, recorded_at) as date) as usage_date_utc,
        '{{ outcome }}' as outcome,
        1 as row_count,
        cast(total_input_tokens as decimal(38, 0)) + total_output_tokens as tokens,
        coalesce(recorded_cost_usd, 0) as recorded_cost_usd
    from {{ rows }}
    {% endfor %}

)

select
    source_instance,
    usage_date_utc,
    {{ tokenmart.sum_conserved() }}
from figures
group by 1, 2
