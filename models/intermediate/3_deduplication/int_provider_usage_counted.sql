{{ config(materialized='view') }}

-- Grain: one row a counted row of usage_events, on the days that this run looks at.
-- Guarantee: these rows tell each usage once, and the classes of their tokens add up to their totals.

with this_run as (

    select * from {{ ref('int_provider_usage_this_run') }}

),

days as (

    select * from {{ ref('int_provider_days_to_recompute') }}

),

exclusions as (

    select * from {{ ref('int_provider_exclusions') }}

),

counted as (

    select
        this_run.*,
        days.is_stale
    from this_run
    inner join days
        on
            this_run.source_instance = days.source_instance
            and this_run.usage_date_utc = days.recompute_date
    left join exclusions
        on
            this_run.source_instance = exclusions.source_instance
            and this_run.row_key = exclusions.row_key
    where
        this_run.quarantine_reasons is null
        and exclusions.row_key is null

)

{{ tokenmart.provider_token_classes('counted') }}
