-- Question: is every row, token and recorded dollar that the ledger holds counted or quarantined, once?
-- Grain: source_system × usage_date_utc, per source_instance. The agents' usage has no single day
-- (usage_date_utc is null): their periods are spread over the days of the reporting time zone.
-- Guarantee: in = counted + quarantined in every column group, tested in every build.
-- Trap: each figure comes from another relation (ledger, quarantine, fact), read on its own; a join
-- that loses or doubles a row on the way cannot hide.

{%- set sources = tokenmart.usage_sources() %}

with
{% if 'provider' in sources %}
provider_ledger as (

    {{ tokenmart.ledger_current(ref('ledger_usage_events')) }}

),
{% endif %}
{%- if 'agents' in sources %}
agents_ledger as (

    {{ tokenmart.ledger_current(ref('ledger_usage_records')) }}

),
{% endif %}
{%- if 'voice' in sources %}
voice_ledger as (

    {{ tokenmart.ledger_current(ref('ledger_voice_usage_metrics')) }}

),
{% endif %}
figures as (
{% if 'provider' in sources %}
    {% for relation, stage in [('provider_ledger', 'in'), (ref('quarantine_usage_events'), 'quarantined')] %}
    select
        '{{ stage }}' as stage,
        'provider' as source_system,
        source_instance,
        cast(coalesce(window_start, recorded_at) as date) as usage_date_utc,
        1 as row_count,
        coalesce(input_tokens, 0) + coalesce(output_tokens, 0) as tokens,
        coalesce(recorded_cost_usd, 0) as recorded_cost_usd
    from {{ relation }}
    union all
    {% endfor %}
    select
        'counted' as stage,
        'provider' as source_system,
        source_instance,
        usage_date_utc,
        record_count,
        total_tokens,
        recorded_cost_usd
    from {{ ref('fct_provider_usage_daily') }}
    {{ 'union all' if 'agents' in sources or 'voice' in sources }}
{% endif %}
{%- if 'agents' in sources %}
    {% for relation, stage in [('agents_ledger', 'in'), (ref('quarantine_usage_records'), 'quarantined')] %}
    select
        '{{ stage }}' as stage,
        'agents' as source_system,
        source_instance,
        cast(null as date) as usage_date_utc,
        1 as row_count,
        case when resource_type = 'llm_tokens' then coalesce(quantity, 0) else 0 end as tokens,
        coalesce(recorded_cost_usd, 0) as recorded_cost_usd
    from {{ relation }}
    union all
    {% endfor %}
    select
        'counted' as stage,
        'agents' as source_system,
        source_instance,
        cast(null as date) as usage_date_utc,
        record_count,
        total_tokens,
        recorded_cost_usd
    from {{ ref('fct_agent_usage_daily') }}
    {{ 'union all' if 'voice' in sources }}
{% endif %}
{%- if 'voice' in sources %}
    {% for relation, stage in [('voice_ledger', 'in'), (ref('quarantine_voice_usage_metrics'), 'quarantined')] %}
    select
        '{{ stage }}' as stage,
        'voice' as source_system,
        source_instance,
        cast(recorded_at as date) as usage_date_utc,
        1 as row_count,
        coalesce(input_tokens, 0) + coalesce(output_tokens, 0) as tokens,
        0 as recorded_cost_usd
    from {{ relation }}
    union all
    {% endfor %}
    select
        'counted' as stage,
        'voice' as source_system,
        source_instance,
        usage_date_utc,
        record_count,
        total_tokens,
        0 as recorded_cost_usd
    from {{ ref('fct_voice_usage_daily') }}
{% endif %}
)

select
    source_system,
    source_instance,
    usage_date_utc,
    {%- for stage in ['in', 'counted', 'quarantined'] %}
    cast(sum(case when stage = '{{ stage }}' then row_count else 0 end) as {{ dbt.type_bigint() }}) as rows_{{ stage }},
    cast(sum(case when stage = '{{ stage }}' then tokens else 0 end) as {{ dbt.type_bigint() }}) as tokens_{{ stage }},
    cast(sum(case when stage = '{{ stage }}' then recorded_cost_usd else 0 end) as {{ dbt.type_numeric() }})
        as recorded_cost_usd_{{ stage }}{{ ',' if not loop.last }}
    {%- endfor %}
from figures
group by 1, 2, 3
