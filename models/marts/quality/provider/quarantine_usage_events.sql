{{ config(materialized='view') }}

-- Grain: one row a refused current row of usage_events, whole, with all the reasons against it.

select * from {{ ref('int_provider_quarantined') }}
