-- Grain: org_id × valid_from, per source_instance: what the organization was from that day on.
-- Guarantee: exactly one row of an organization holds on any day, so a join to it adds no rows.
-- Trap: the first row applies to all earlier dates, because nothing says what was before it was observed.

with organizations as (

    {{ tokenmart.ledger_history(
        ref('ledger_organizations'), 'org_id', ['org_name', 'org_slug', 'plan'], updated_at='updated_at'
    ) }}

)

select
    source_instance,
    org_id,
    valid_from,
    valid_to,
    valid_to is null as is_current,
    org_name,
    org_slug,
    plan
from organizations
