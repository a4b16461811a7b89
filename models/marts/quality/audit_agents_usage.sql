-- Question: is every row of usage_records counted, excluded or quarantined, once?
-- Grain: usage_date_utc, per source_instance.
-- Guarantee: ledger, fact, exclusions and quarantine are each read on their own, so that a join that loses
-- or doubles a row on the way from one to the other cannot hide.
-- Trap: periods are spread over the days of the reporting time zone, so a record has no single UTC
-- day; usage_date_utc is null, and the total is compared.

with ledger as (

    {{ tokenmart.ledger_current(ref('ledger_usage_records')) }}

),

figures as (

    select
        source_instance,
        cast(null as date) as usage_date_utc,
        'in' as outcome,
        1 as row_count,
        case when resource_type = 'llm_tokens' then coalesce(quantity, 0) else 0 end as tokens,
        coalesce(recorded_cost_usd, 0) as recorded_cost_usd
    from ledger

    union all

    select
        source_instance,
        cast(null as date) as usage_date_utc,
        'counted' as outcome,
        record_count as row_count,
        total_tokens as tokens,
        recorded_cost_usd as recorded_cost_usd
    from {{ ref('fct_agent_usage_daily') }}

    {% for outcome, rows in {
        'excluded': ref('excluded_usage_records'), 'quarantined': ref('quarantine_usage_records'),
    }.items() -%}
    union all

    select
        source_instance,
        cast(null as date) as usage_date_utc,
        '{{ outcome }}' as outcome,
        1 as row_count,
        case when resource_type = 'llm_tokens' then coalesce(quantity, 0) else 0 end as tokens,
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
