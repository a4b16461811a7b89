-- The AI-agent platform: organisations, their employees, and what their agents used.

create table organizations as
select
    org as rank,
    uuid_of('organization', org) as id,
    'Sample Organisation ' || org as name,
    'sample-organisation-' || org as slug,
    one_of(['team', 'business', 'enterprise'], 'plan', org) as plan,
    '{"sso": true}' as settings,
    500 as max_employees,
    5 as max_agents_per_employee,
    'enc_' || code('organization token', org) as claude_api_token,
    (select min(day) from calendar) - whole(30, 400, 'organization age', org)::int
    + working_time('organization created', org) as created_at,
    created_at as updated_at,
from range(1, 5 + getvariable('rows_per_day') // 400) as organizations (org);

create table teams as
select
    uuid_of('team', org_id::varchar || name) as id,
    *,
from (
    select
        id as org_id,
        unnest(['Engineering', 'Support', 'Research']) as name,
    from organizations
);

create table agents as
select
    uuid_of('agent', name) as id,
    *,
from (
    values
    ('Coder', 'coding', 'anthropic', 'claude-sonnet-4-5-20250929'),
    ('Architect', 'coding', 'anthropic', 'claude-opus-4-1-20250805'),
    ('Helper', 'assistant', 'openai', 'gpt-4.1'),
) as agents (name, type, provider, llm_model);

create table employees as
select
    employee,
    uuid_of('employee', employee) as id,
    organizations.id as org_id,
    teams.id as team_id,
    uuid_of('role', whole(1, 4, 'role', employee)) as role_id,
    'employee' || employee || '@example.com' as email,
    'Sample Employee ' || employee as full_name,
    'hash_' || code('password', employee) as password_hash,
    if(employee % 10 = 4, 'inactive', 'active') as status,
    '{"theme": "dark"}' as preferences,
    if(employee % 7 = 3, 'enc_' || code('personal token', employee), null)
        as personal_claude_token,
    getvariable('last_day') + working_time('login', employee) as last_login_at,
    organizations.created_at + to_days(whole(0, 20, 'employee age', employee)::int) as created_at,
    created_at as updated_at,
    -- Some left in the middle of the history; the platform only marks their rows.
    if(
        status = 'inactive',
        getvariable('last_day') - getvariable('days')::int // 2 + working_time('left', employee),
        null
    ) as deleted_at,
from range(1, 21 + getvariable('rows_per_day') // 10) as employees (employee)
inner join organizations
    on organizations.rank = walk((select count(*) from organizations), 'employer', employee)
inner join teams
    on organizations.id = teams.org_id
    and teams.name = one_of(['Engineering', 'Support', 'Research'], 'team', employee);

create table employee_agent_configs as
select
    uuid_of('config', employees.id::varchar || agents.name) as id,
    employees.id as employee_id,
    agents.id as agent_id,
    agents.llm_model,
    row_number() over (partition by employee order by u(agents.name, employee)) as preference,
    '{"temperature": 0.2}' as config_override,
    true as is_enabled,
    'enc_' || code('sync token', employees.id::varchar || agents.name) as sync_token,
    employees.last_login_at as last_synced_at,
    employees.created_at as created_at,
    employees.updated_at as updated_at,
    'obviously not a real prompt' as content,
from employees
cross join agents
qualify preference <= 2;

create table usage_records as
with

drawn as (
    select
        day_no,
        day,
        day_no * 1000000 + number as slot,
        zipf((select count(*) from employees), 'employee', slot) as employee,
        one_of([1, 1, 1, 2], 'config', slot) as preference,
        one_of(['llm_tokens', 'llm_tokens', 'api_calls'], 'resource', slot) as resource_type,
        one_of([1, 1, 1, 1, 1, 1, 2, 3, 7], 'length', slot) as n_days,
        one_of(
            ['last second', 'last second', 'last millisecond', 'midnight', 'session', 'moment'],
            'ending', slot
        ) as ending,
        day + working_time('working', slot) as moment,
    from calendar
    cross join unnest(range(round(getvariable('rows_per_day') * 0.24 * pace)::bigint)) as n (number)
),

attributed as (
    select
        drawn.*,
        employees.org_id,
        employees.id as employee_id,
        configs.id as agent_config_id,
        employees.personal_claude_token is not null and u('personal', slot) < 0.8 as is_personal,
        configs.llm_model as model,
        case model when 'gpt-4.1' then 2.0 when 'claude-sonnet-4-5-20250929' then 3.0 else 15.0 end
            as price_in,
        price_in * if(model = 'gpt-4.1', 4, 5) as price_out,
        floor(n_days * 20000 * exp(2 * bell('input', slot)))::bigint as input_tokens,
        floor(input_tokens * 0.15 * exp(bell('output', slot)))::bigint as output_tokens,
    from drawn
    inner join employees using (employee)
    inner join employee_agent_configs as configs
        on employees.id = configs.employee_id and drawn.preference = configs.preference
    where employees.deleted_at is null or moment < employees.deleted_at
),

metered as (
    select
        'metered' as origin,
        slot,
        day_no,
        org_id,
        -- Deleting an employee blanks the records, and takes the configurations along.
        if(u('blanked', slot) < 0.04, null, employee_id) as employee_id,
        if(employee_id is null, null, agent_config_id) as agent_config_id,
        resource_type,
        if(resource_type = 'llm_tokens', input_tokens + output_tokens, 1 + input_tokens // 1500)
            as quantity,
        if(
            resource_type = 'llm_tokens',
            dollars(input_tokens, price_in) + dollars(output_tokens, price_out),
            quantity * 0.0004
        ) as cost_usd,
        case
            when ending in ('session', 'moment') then moment
            else greatest(day - (n_days - 1), (select min(day) from calendar))::timestamp
        end as period_start,
        case ending
            when 'last second' then day + time '23:59:59'
            when 'last millisecond' then day + time '23:59:59.999'
            when 'midnight' then (day + 1)::timestamp
            when 'session' then moment + to_minutes(whole(5, 70, 'session', slot))
            else moment
        end as period_end,
        case
            when u('forgotten', slot) < 0.03 then '{}'
            when resource_type = 'llm_tokens' then to_json({
                'model': model, 'input_tokens': input_tokens, 'output_tokens': output_tokens
            })
            else '{"endpoint": "/v1/messages"}'
        end as metadata,
        case when is_personal then 'personal' when u('unset', slot) > 0.08 then 'company' end
            as token_source,
    from attributed
),

-- A level: each organisation measures most days, and now and then over three days at once.
stored as (
    select
        'stored' as origin,
        day_no * 1000000 + organizations.rank as slot,
        day_no,
        id as org_id,
        'storage_mb' as resource_type,
        organizations.rank * 5000 + day_no * 40 + whole(0, 300, 'storage', slot) as quantity,
        quantity * 0.00002 as cost_usd,
        (day - if((day_no + organizations.rank) % 5 = 3, 2, 0))::timestamp as period_start,
        day + time '23:59:59' as period_end,
        '{}' as metadata,
        'company' as token_source,
    from calendar
    cross join organizations
    where u('measured', slot) < 0.9
),

recorded as (
    select * from metered
    union all by name
    select * from stored
),

-- One record a day, five days of seven, is not as the others are.
odd as (
    select
        arg_min(slot, u('odd', slot)) as slot,
        'metered' as origin,
        [
            'unknown source', 'ends before it starts', 'five hundred days', 'quantity below zero',
            'unknown resource',
        ][1 + day_no % 7] as oddity,
    from metered
    group by day_no
)

select
    uuid_of(origin, slot) as id,
    recorded.* replace (
        if(oddity = 'unknown source', 'shared', token_source) as token_source,
        if(oddity = 'quantity below zero', -quantity, quantity) as quantity,
        if(oddity = 'unknown resource', 'gpu_minutes', resource_type) as resource_type,
        if(oddity = 'five hundred days', period_end - to_days(500), period_start) as period_start,
        if(oddity = 'ends before it starts', period_start - to_hours(6), period_end) as period_end
    ),
    recorded.period_end + to_minutes(whole(1, 180, 'created', slot)) as created_at,
from recorded
left join odd using (origin, slot);
