{{ config(materialized='view') }}

-- Grain: one row a counted row of usage_events, on the days that this run looks at.
-- Guarantee: these rows tell each usage once.

with checked as (

    select * from {{ ref('int_provider_usage_checked') }}

),

days as (

    select * from {{ ref('int_provider_days') }}

),

exclusions as (

    select * from {{ ref('int_provider_exclusions') }}

)

select
    checked.*,
    days.is_touched
from checked
inner join days
    on
        checked.source_instance = days.source_instance
        and checked.usage_date_utc = days.counted_date
left join exclusions
    on
        checked.source_instance = exclusions.source_instance
        and checked.row_key = exclusions.row_key
where
    checked.quarantine_reasons is null
    and exclusions.row_key is null
