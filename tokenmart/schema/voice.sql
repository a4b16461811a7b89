-- Source: voice. The tables of the voice assistant, as its own Postgres declares them.

create table voice_conversations (
    id uuid primary key,
    user_id text,
    session_id text,
    started_at timestamptz,
    ended_at timestamptz,
    duration_seconds int,
    total_tokens int,
    input_tokens int,
    output_tokens int,
    cost_cents int,
    summary text,
    metadata jsonb,
    created_at timestamptz,
    updated_at timestamptz
);

create table voice_usage_metrics (
    id uuid primary key,
    conversation_id uuid references voice_conversations (id) on delete cascade,
    timestamp timestamptz default now(),
    input_tokens int,
    output_tokens int,
    audio_duration_ms int,
    function_calls int,
    latency_ms int,
    event_type text,
    metadata jsonb
);
