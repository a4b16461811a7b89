{{ config(materialized='view') }}

-- Grain: one row a valid current row of usage_events that another row counts for, whole, with the reason.

select * from {{ ref('int_provider_excluded') }}
