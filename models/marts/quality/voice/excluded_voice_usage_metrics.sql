{{ config(materialized='view') }}

-- Grain: one row a valid current row of voice_usage_metrics that is not counted, whole, with the reason.

select * from {{ ref('int_voice_excluded') }}
