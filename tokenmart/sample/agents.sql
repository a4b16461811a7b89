-- The AI-agent platform: organizations, their employees, and what their agents used.

create macro n_orgs() as 4 + getvariable('rows_per_day') // 400;
create macro n_employees() as 20 + getvariable('rows_per_day') // 10;

create table organizations as
select
    org, uuid_of('organization', org) as id,
    'Sample Organization ' || org as name, 'sample-organization-' || org as slug,
    one_of(['team', 'business', 'enterprise'], 'plan', org) as plan,
    500 as max_employees, 3 as max_agents_per_employee,
    first_day() - whole(30, 400, 'org age', org)::int + working_time('org', org) as created_at,
    created_at as updated_at,
from range(1, n_orgs() + 1) as orgs (org);

create table teams as
select uuid_of(teams.name, org) as id, organizations.id as org_id, teams.name,
from organizations
cross join unnest(['Engineering', 'Support', 'Research']) as teams (name);

create table agents as
select *, uuid_of('agent', agent) as id,
from (
    values
    (0, 'Coder', 'coding', 'anthropic', 'claude-sonnet-4-5-20250929', 3.0, 15.0),
    (1, 'Architect', 'coding', 'anthropic', 'claude-opus-4-1-20250805', 15.0, 75.0),
    (2, 'Helper', 'assistant', 'openai', 'gpt-4.1', 2.0, 8.0)
) as agents (agent, name, type, provider, llm_model, price_in, price_out);

create table employees as
select
    employee, uuid_of('employee', employee) as id, organizations.id as org_id,
    uuid_of(one_of(['Engineering', 'Support', 'Research'], 'team', employee), org) as team_id,
    uuid_of('role', whole(1, 4, 'role', employee)) as role_id,
    'employee' || employee || '@example.com' as email,
    'Sample Employee ' || employee as full_name,
    if(employee % 10 = 4, 'inactive', 'active') as status,
    if(employee % 7 = 3, 'enc_' || code('token', employee), null) as personal_claude_token,
    getvariable('last_day') + working_time('login', employee) as last_login_at,
    organizations.created_at + to_days(whole(0, 20, 'joined', employee)::int) as created_at,
    last_login_at as updated_at,
    -- Whoever leaves is only marked, here in the middle of the history.
    if(status = 'inactive', (first_day() + getvariable('days')::int // 2)::timestamp, null)
        as deleted_at,
from range(1, n_employees() + 1) as employees (employee)
inner join organizations on org = walk(n_orgs(), 'employer', employee);

create table employee_agent_configs as
select
    uuid_of('config', employee * 3 + agent) as id,
    employees.id as employee_id, agents.id as agent_id,
    true as is_enabled, last_login_at as last_synced_at, created_at, updated_at,
from employees
cross join agents;

create view usage_records as
with

drawn as (
    select
        day_no, day, day_no * 1000000 + number as slot,
        day + working_time('used', slot) as moment,
        zipf(n_employees(), 'employee', slot) as employee,
        -- Everybody has a favourite agent.
        (employee + one_of([0, 0, 0, 1], 'agent', slot)) % 3 as agent,
        one_of(['llm_tokens', 'llm_tokens', 'api_calls'], 'resource', slot) as resource_type,
        one_of([1, 1, 1, 1, 1, 1, 2, 3, 7], 'length', slot) as n_days,
        one_of(['second', 'second', 'millisecond', 'midnight', 'session', 'moment'], 'end', slot)
            as ending,
        floor(n_days * 20000 * exp(2 * bell('input', slot)))::bigint as input_tokens,
        floor(input_tokens * 0.15 * exp(bell('output', slot)))::bigint as output_tokens,
    from calendar
    cross join unnest(range(round(getvariable('rows_per_day') * 0.24 * pace)::bigint)) as n (number)
),

metered as (
    select
        'metered' as origin, slot, day_no, org_id, resource_type,
        -- Deleting an employee blanks the records, and takes the configurations along.
        if(u('blanked', slot) < 0.04, null, employees.id) as employee_id,
        if(u('blanked', slot) < 0.04, null, uuid_of('config', employee * 3 + agent))
            as agent_config_id,
        if(resource_type = 'llm_tokens', input_tokens + output_tokens, 1 + input_tokens // 1500)
            as quantity,
        if(
            resource_type = 'llm_tokens',
            dollars(input_tokens, price_in) + dollars(output_tokens, price_out), quantity * 0.0004
        ) as cost_usd,
        if(ending in ('session', 'moment'), moment, greatest(day - n_days + 1, first_day()))
            as period_start,
        case ending
            when 'second' then day + time '23:59:59'
            when 'millisecond' then day + time '23:59:59.999'
            when 'midnight' then day + to_days(1)
            when 'session' then moment + to_minutes(whole(5, 70, 'minutes', slot))
            else moment
        end as period_end,
        case
            when resource_type <> 'llm_tokens' or u('forgotten', slot) < 0.03 then '{}'
            else to_json({
                'model': llm_model, 'input_tokens': input_tokens, 'output_tokens': output_tokens,
            })
        end as metadata,
        case
            when personal_claude_token <> '' and u('personal', slot) < 0.8 then 'personal'
            when u('source', slot) > 0.08 then 'company'
        end as token_source,
    from drawn
    inner join employees using (employee)
    inner join agents using (agent)
    where moment < coalesce(deleted_at, timestamp 'infinity')
),

-- A level: an organization measures it most days, and now and then over three days at once.
stored as (
    select
        'stored' as origin, day_no * 1000000 + org as slot, id as org_id,
        'storage_mb' as resource_type, 'company' as token_source, '{}' as metadata,
        org * 5000 + day_no * 40 + whole(0, 300, 'megabytes', slot) as quantity,
        quantity * 0.00002 as cost_usd,
        day - if((day_no + org) % 5 = 3, 2, 0) as period_start,
        day + time '23:59:59' as period_end,
    from calendar
    cross join organizations
    where u('measured', slot) < 0.9
),

recorded as (
    select * from metered
    union all by name
    select * from stored
),

-- One record a day, on five days of seven, is not like the others.
odd as (
    select
        'metered' as origin, arg_min(slot, u('odd', slot)) as slot,
        [
            'unknown token source', 'backward period', 'period of 500 days', 'negative quantity',
            'unknown resource',
        ][1 + day_no % 7] as oddity,
    from metered
    group by day_no
)

select
    uuid_of(origin, slot) as id,
    recorded.* replace (
        if(oddity = 'unknown token source', 'shared', token_source) as token_source,
        if(oddity = 'negative quantity', -quantity, quantity) as quantity,
        if(oddity = 'unknown resource', 'gpu_minutes', resource_type) as resource_type,
        if(oddity = 'period of 500 days', period_end - to_days(500), period_start) as period_start,
        if(oddity = 'backward period', period_start - to_hours(6), period_end) as period_end
    ),
    recorded.period_end + to_minutes(whole(1, 180, 'written', slot)) as created_at,
from recorded
left join odd using (origin, slot);
