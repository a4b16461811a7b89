{{ config(materialized='view') }}

-- Grain: one row a refused current row of usage_records, whole, with all the reasons against it.

select * from {{ ref('int_agents_quarantined') }}
