-- Grain: one row a valid current row of usage_events that is not counted, whole, with the reason.

select *
from {{ ref('int_provider_usage_resolved') }}
where exclusion_reason is not null
