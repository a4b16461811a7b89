-- Question: of which keys, models and days is more left out than counted? A person should look at these:
-- a day over whose hours the collector slept is told by its few hours.
-- Grain: usage_date_utc × provider_key_id × model_id, per source_instance; only what is to be looked at.
-- Guarantee: its figures are those of excluded_usage_events and of the fact on that day.
-- Trap: a row here is no error. What was left out, and why, stands in excluded_usage_events.

with excluded as (

    select
        source_instance,
        usage_date_utc,
        provider_key_id,
        model_id,
        cast(count(*) as {{ dbt.type_bigint() }}) as rows_excluded,
        sum(cast(total_input_tokens as decimal(38, 0)) + total_output_tokens) as tokens_excluded,
        sum(coalesce(recorded_cost_usd, 0)) as recorded_cost_usd_excluded
    from {{ ref('excluded_usage_events') }}
    group by 1, 2, 3, 4

),

counted as (

    select
        source_instance,
        usage_date_utc,
        provider_key_id,
        model_id,
        cast(sum(record_count) as {{ dbt.type_bigint() }}) as rows_counted,
        cast(sum(total_tokens) as decimal(38, 0)) as tokens_counted,
        sum(coalesce(recorded_cost_usd, 0)) as recorded_cost_usd_counted
    from {{ ref('fct_provider_usage_daily') }}
    group by 1, 2, 3, 4

)

select
    excluded.source_instance,
    excluded.usage_date_utc,
    excluded.provider_key_id,
    excluded.model_id,
    coalesce(counted.rows_counted, 0) as rows_counted,
    excluded.rows_excluded,
    cast(coalesce(counted.tokens_counted, 0) as decimal(38, 0)) as tokens_counted,
    cast(excluded.tokens_excluded as decimal(38, 0)) as tokens_excluded,
    cast(coalesce(counted.recorded_cost_usd_counted, 0) as {{ dbt.type_numeric() }}) as recorded_cost_usd_counted,
    cast(excluded.recorded_cost_usd_excluded as {{ dbt.type_numeric() }}) as recorded_cost_usd_excluded
from excluded
left join counted
    on
        excluded.source_instance = counted.source_instance
        and excluded.usage_date_utc = counted.usage_date_utc
        and excluded.provider_key_id = counted.provider_key_id
        and excluded.model_id = counted.model_id
where excluded.tokens_excluded > coalesce(counted.tokens_counted, 0)
