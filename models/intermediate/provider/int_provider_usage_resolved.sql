{{ config(materialized='view') }}

-- Grain: one row a valid row of usage_events, with the reason if another row counts in its place.
-- Guarantee: the rows without an exclusion_reason tell each usage once.

with valid as (

    select *
    from {{ ref('int_provider_usage_checked') }}
    where quarantine_reasons is null

),

exclusions as (

    select * from {{ ref('int_provider_exclusions') }}

)

select
    valid.*,
    exclusions.exclusion_reason,
    exclusions.uncovered_input_tokens,
    exclusions.uncovered_output_tokens
from valid
left join exclusions
    on
        valid.source_instance = exclusions.source_instance
        and valid.row_key = exclusions.row_key
