-- Grain: one row for each organization that was ever observed, per source_instance, as last observed.
-- Trap: deleting an organization cascades its history away at the source. Here it stays, marked as deleted.

with organizations as (

    {{ tokenmart.ledger_entities(ref('ledger_organizations'), 'org_id') }}

)

select
    source_instance,
    org_id,
    org_name,
    org_slug,
    plan,
    max_employees,
    max_agents_per_employee,
    created_at,
    updated_at,
    first_observed_at,
    is_deleted
from organizations
