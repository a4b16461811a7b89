{{ config(materialized='view') }}

-- Grain: one row a refused current row of voice_usage_metrics, whole, with all the reasons against it.

select * from {{ ref('int_voice_quarantined') }}
