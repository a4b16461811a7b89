-- Source: agents. The tables of the AI-agent platform, as its own Postgres declares them.

create table organizations (
    id uuid primary key,
    name text,
    slug text,
    plan text,
    settings jsonb,
    max_employees int,
    max_agents_per_employee int,
    claude_api_token text,
    created_at timestamp,
    updated_at timestamp
);

-- optional
create table teams (
    id uuid primary key,
    org_id uuid references organizations (id) on delete cascade,
    name text
);

-- optional
create table agents (
    id uuid primary key,
    name text,
    type text,
    provider text,
    llm_model text
);

create table employees (
    id uuid primary key,
    org_id uuid references organizations (id) on delete cascade,
    team_id uuid,
    role_id uuid,
    email text,
    full_name text,
    password_hash text,
    status text,
    preferences jsonb,
    personal_claude_token text,
    last_login_at timestamp,
    created_at timestamp,
    updated_at timestamp,
    deleted_at timestamp
);

create table employee_agent_configs (
    id uuid primary key,
    employee_id uuid references employees (id) on delete cascade,
    agent_id uuid,
    config_override jsonb,
    is_enabled boolean,
    sync_token text,
    last_synced_at timestamp,
    created_at timestamp,
    updated_at timestamp,
    content text
);

create table usage_records (
    id uuid primary key,
    org_id uuid not null references organizations (id) on delete cascade,
    employee_id uuid references employees (id) on delete set null,
    agent_config_id uuid references employee_agent_configs (id) on delete set null,
    resource_type varchar(50) not null,
    quantity bigint not null,
    cost_usd numeric(10, 4) not null,
    period_start timestamp not null,
    period_end timestamp not null,
    metadata jsonb default '{}',
    token_source varchar(20) default 'company' check (token_source in ('company', 'personal')),
    created_at timestamp not null
);
