-- Question: is every row of voice_usage_metrics counted, excluded or quarantined, once?
-- Grain: usage_date_utc, per source_instance.
-- Guarantee: ledger, fact, exclusions and quarantine are each read on their own, so that a join that loses
-- or doubles a row on the way from one to the other cannot hide.
-- Trap: the application records no cost for an event, so the dollars are 0 on every side.

with ledger as (

    {{ tokenmart.ledger_current(ref('ledger_voice_usage_metrics')) }}

),

-- a sum of whole numbers takes a fraction of the time that a sum of decimals takes
arrived as (

    select
        source_instance,
        cast(recorded_at as date) as usage_date_utc,
        count(*) as row_count,
        cast(coalesce(sum(input_tokens), 0) as decimal(38, 0)) + cast(coalesce(sum(output_tokens), 0) as decimal(38, 0)) as tokens
    from ledger
    group by 1, 2

),

figures as (

    select
        source_instance,
        usage_date_utc,
        'in' as outcome,
        row_count,
        tokens,
        0 as recorded_cost_usd
    from arrived

    union all

    select
        source_instance,
        usage_date_utc as usage_date_utc,
        'counted' as outcome,
        record_count as row_count,
        total_tokens as tokens,
        0 as recorded_cost_usd
    from {{ ref('fct_voice_usage_daily') }}

    {% for outcome, rows in {
        'excluded': ref('excluded_voice_usage_metrics'), 'quarantined': ref('quarantine_voice_usage_metrics'),
    }.items() -%}
    union all

    select
        source_instance,
        cast(recorded_at as date) as usage_date_utc,
        '{{ outcome }}' as outcome,
        1 as row_count,
        cast(coalesce(input_tokens, 0) as decimal(38, 0)) + coalesce(output_tokens, 0) as tokens,
        0 as recorded_cost_usd
    from {{ rows }}
    {% endfor %}

)

select
    source_instance,
    usage_date_utc,
    {{ tokenmart.sum_conserved() }}
from figures
group by 1, 2
