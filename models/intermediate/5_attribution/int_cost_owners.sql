{{ config(pre_hook="{{ tokenmart.assert_sound_cost_owners(ref('cost_owners')) }}") }}

-- Grain: a line of the seed cost_owners: whose the costs of an API key, a project, a user, a key's owner or a whole source are.
-- Guarantee: of one scope and id at most one line holds on a day, so no cost gets two owners (assert_sound_cost_owners).

select
    trim(scope) as scope,
    trim(scope_id) as scope_id,
    trim(org_id) as org_id,
    nullif(trim(team_id), '') as team_id,
    nullif(trim(employee_id), '') as employee_id,
    {{ tokenmart.seed_day('valid_from', '1900-01-01') }} as valid_from,
    {{ tokenmart.seed_day('valid_to', '9999-12-31') }} as valid_to
from {{ ref('cost_owners') }}
