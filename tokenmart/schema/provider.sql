-- Source: provider. The tables of the usage collector, as its own Postgres declares them, but for counts: there they are
-- int, and the tokens of a busy day are more than that holds.

create table provider_keys (
    id serial primary key,
    user_id text,
    provider text,
    encrypted_key text,
    iv text,
    auth_tag text,
    usage_mode text,
    encrypted_metadata text,
    metadata_iv text,
    metadata_auth_tag text,
    created_at timestamp
);

create table usage_events (
    id serial primary key,
    key_id int not null references provider_keys (id) on delete cascade,
    model text not null,
    tokens_in bigint default 0,
    tokens_out bigint default 0,
    cost_estimate numeric(10, 6) default 0,
    timestamp timestamp not null,
    window_start timestamp,
    window_end timestamp,
    project_id text,
    openai_user_id text,
    openai_api_key_id text,
    service_tier text,
    batch boolean,
    num_model_requests bigint,
    input_cached_tokens bigint,
    input_uncached_tokens bigint,
    input_text_tokens bigint,
    output_text_tokens bigint,
    input_cached_text_tokens bigint,
    input_audio_tokens bigint,
    input_cached_audio_tokens bigint,
    output_audio_tokens bigint,
    input_image_tokens bigint,
    input_cached_image_tokens bigint,
    output_image_tokens bigint,
    input_cache_write_tokens bigint,
    input_cache_write_5m_tokens bigint,
    input_cache_write_1h_tokens bigint
);

create unique index usage_events_window on usage_events (
    key_id, model, window_start, window_end,
    coalesce(project_id, ''), coalesce(openai_api_key_id, ''), coalesce(openai_user_id, ''),
    coalesce(service_tier, ''), coalesce(batch, false)
) where window_start is not null;
