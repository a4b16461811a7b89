{{ config(materialized='view') }}

-- Question: what do the cost lines that the application files among the usage say that the provider charged?
-- Grain: usage_date_utc × provider_key_id × model_id of the excluded cost lines, per source_instance.
-- Guarantee: cost_line_usd adds up to what excluded_usage_events holds as 'cost_line'; the rest is what counts on that day.
-- Trap: this is evidence, not a bill: an ungrouped day of usage looks the same, and carries the application's estimate.

with lines as (

    select
        source_instance,
        usage_date_utc,
        provider_key_id,
        model_id,
        cast(count(*) as {{ dbt.type_bigint() }}) as cost_line_count,
        sum(recorded_cost_usd) as cost_line_usd
    from {{ ref('excluded_usage_events') }}
    where exclusion_reason = 'cost_line'
    group by 1, 2, 3, 4

),

counted as (

    select
        lines.source_instance,
        lines.usage_date_utc,
        lines.provider_key_id,
        lines.model_id,
        sum(usage.record_count) as record_count,
        sum(usage.total_tokens) as total_tokens,
        sum(case when usage.contracted_cost_usd is null then usage.total_tokens else 0 end) as unpriced_tokens,
        sum(usage.recorded_cost_usd) as recorded_cost_usd,
        sum(usage.contracted_cost_usd) as contracted_cost_usd,
        sum(usage.billed_cost_usd) as billed_cost_usd
    from lines
    inner join {{ ref('fct_provider_usage_daily') }} as usage
        on
            lines.source_instance = usage.source_instance
            and lines.usage_date_utc = usage.usage_date_utc
            and lines.provider_key_id = usage.provider_key_id
            and lines.model_id = usage.model_id
    group by 1, 2, 3, 4

)

select
    lines.source_instance,
    lines.usage_date_utc,
    lines.provider_key_id,
    lines.model_id,
    lines.cost_line_count,
    cast(lines.cost_line_usd as {{ dbt.type_numeric() }}) as cost_line_usd,

    -- what counts on those days
    cast(coalesce(counted.record_count, 0) as {{ dbt.type_bigint() }}) as record_count,
    cast(coalesce(counted.total_tokens, 0) as {{ dbt.type_bigint() }}) as total_tokens,
    cast(coalesce(counted.unpriced_tokens, 0) as {{ dbt.type_bigint() }}) as unpriced_tokens,
    cast(counted.recorded_cost_usd as {{ dbt.type_numeric() }}) as recorded_cost_usd,
    cast(counted.contracted_cost_usd as {{ tokenmart.type_money() }}) as contracted_cost_usd,
    cast(counted.billed_cost_usd as {{ dbt.type_numeric() }}) as billed_cost_usd
from lines
left join counted
    on
        lines.source_instance = counted.source_instance
        and lines.usage_date_utc = counted.usage_date_utc
        and lines.provider_key_id = counted.provider_key_id
        and lines.model_id = counted.model_id
