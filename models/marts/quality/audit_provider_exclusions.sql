-- Question: for which keys, models and days is usage excluded that may not have been reported twice? A person should look at
-- these: finer windows that report only a part of a coarser one, and requests that report more than the windows around them.
-- Grain: usage_date_utc × provider_key_id × model_id, per source_instance; only what a person should look at.
-- Guarantee: its figures are those of excluded_usage_events, for these two reasons, and of the fact on that day.
-- Trap: a row here is not an error. excluded_usage_events has what was excluded, and why.

with excluded as (

    select
        source_instance,
        usage_date_utc,
        provider_key_id,
        model_id,
        cast(count(*) as {{ dbt.type_bigint() }}) as rows_excluded,
        sum(cast(total_input_tokens as decimal(38, 0)) + total_output_tokens) as tokens_excluded,
        sum(coalesce(recorded_cost_usd, 0)) as recorded_cost_usd_excluded,
        bool_or(exclusion_reason = 'coarser_window') as is_in_doubt
    from {{ ref('excluded_usage_events') }}
    where exclusion_reason in ('coarser_window', 'inside_a_window')
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
where
    excluded.is_in_doubt
    or excluded.tokens_excluded > coalesce(counted.tokens_counted, 0)
