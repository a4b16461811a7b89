{{ config(materialized='view') }}

-- Grain: one row a valid row of voice_usage_metrics, with the reason if another row counts in its place.
-- Guarantee: the rows without an exclusion_reason tell each event once.

with valid as (

    select *
    from {{ ref('int_voice_usage_checked') }}
    where quarantine_reasons is null

),

exclusions as (

    select * from {{ ref('int_voice_exclusions') }}

)

select
    valid.*,
    exclusions.exclusion_reason
from valid
left join exclusions
    on
        valid.source_instance = exclusions.source_instance
        and valid.row_key = exclusions.row_key
