-- What usage belongs to: 40 keys, 20 organizations, employees with two configurations each.

insert into raw_provider.provider_keys (id, user_id, provider, usage_mode, created_at)
select
    number,
    concat('user_', number),
    'openai',
    'admin',
    timestamp '2023-12-01'
from generate_series(1, 40) as numbers (number);

insert into raw_agents.organizations (id, name, slug, plan, created_at)
select
    cast(md5(concat('organization ', number)) as uuid),
    concat('Organization ', number),
    concat('organization-', number),
    'team',
    timestamp '2023-12-01'
from generate_series(0, 19) as numbers (number);

insert into raw_agents.employees (id, org_id, email, full_name, status, created_at)
select
    cast(md5(concat('employee ', number)) as uuid),
    cast(md5(concat('organization ', number % 20)) as uuid),
    concat('employee', number, '@example.com'),
    concat('Employee ', number),
    'active',
    timestamp '2023-12-01'
from generate_series(0, $employees - 1) as numbers (number);

insert into raw_agents.employee_agent_configs (id, employee_id, is_enabled, created_at)
select
    cast(md5(concat('config ', employee, ' ', agent)) as uuid),
    cast(md5(concat('employee ', employee)) as uuid),
    true,
    timestamp '2023-12-01'
from generate_series(0, $employees - 1) as employees (employee)
cross join generate_series(0, 1) as agents (agent);
