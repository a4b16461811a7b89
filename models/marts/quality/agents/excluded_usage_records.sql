{{ config(materialized='view') }}

-- Grain: one row a valid current row of usage_records that is not counted, whole, with the reason.

select * from {{ ref('int_agents_excluded') }}
