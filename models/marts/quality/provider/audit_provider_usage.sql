-- Question: is every row of usage_events counted or quarantined, once?
-- Grain: usage_date_utc, per source_instance.
-- Guarantee: ledger, quarantine and fact are each read on their own, so that a join that loses or
-- doubles a row on the way from one to the other cannot hide.
-- Trap: a window-less row has no window_start; its day is that of its timestamp.

with ledger as (

    {{ tokenmart.ledger_current(ref('ledger_usage_events')) }}

),

observed as (

    select
        source_instance,
        cast(coalesce(window_start, recorded_at) as date) as usage_date_utc,
        1 as rows_in,
        0 as rows_counted,
        0 as rows_quarantined,
        cast(coalesce(input_tokens, 0) as decimal(38, 0)) + coalesce(output_tokens, 0) as tokens_in,
        0 as tokens_counted,
        0 as tokens_quarantined,
        coalesce(recorded_cost_usd, 0) as recorded_cost_usd_in,
        0 as recorded_cost_usd_counted,
        0 as recorded_cost_usd_quarantined
    from ledger

),

counted as (

    select
        source_instance,
        usage_date_utc as usage_date_utc,
        0 as rows_in,
        record_count as rows_counted,
        0 as rows_quarantined,
        0 as tokens_in,
        total_tokens as tokens_counted,
        0 as tokens_quarantined,
        0 as recorded_cost_usd_in,
        coalesce(recorded_cost_usd, 0) as recorded_cost_usd_counted,
        0 as recorded_cost_usd_quarantined
    from {{ ref('fct_provider_usage_daily') }}

),

quarantined as (

    select
        source_instance,
        cast(coalesce(window_start, recorded_at) as date) as usage_date_utc,
        0 as rows_in,
        0 as rows_counted,
        1 as rows_quarantined,
        0 as tokens_in,
        0 as tokens_counted,
        cast(coalesce(input_tokens, 0) as decimal(38, 0)) + coalesce(output_tokens, 0) as tokens_quarantined,
        0 as recorded_cost_usd_in,
        0 as recorded_cost_usd_counted,
        coalesce(recorded_cost_usd, 0) as recorded_cost_usd_quarantined
    from {{ ref('quarantine_usage_events') }}

),

figures as (

    select * from observed
    union all
    select * from counted
    union all
    select * from quarantined

)

select
    source_instance,
    usage_date_utc,
    {{ tokenmart.sum_conserved() }}
from figures
group by 1, 2
