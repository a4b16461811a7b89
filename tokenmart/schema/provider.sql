-- Source: provider. The tables of the usage collector, as its own Postgres declares them, but for counts and ids: there they
-- are int, and neither the tokens of a busy day nor an id made from a row's content fit into that. The columns after the
-- tokens are what exports of gateways and agents report; the collector has none of them.

create table provider_keys (
    id bigserial primary key,
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
    id bigserial primary key,
    key_id bigint not null references provider_keys (id) on delete cascade,
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
    input_cache_write_1h_tokens bigint,
    request_id text,
    end_user_id text,
    session_id text,
    team_id text,
    tags jsonb,
    quantity numeric(38, 9),
    quantity_unit text,
    reported_by text
);

create unique index usage_events_window on usage_events (
    key_id, model, window_start, window_end,
    coalesce(project_id, ''), coalesce(openai_api_key_id, ''), coalesce(openai_user_id, ''),
    coalesce(service_tier, ''), coalesce(batch, false),
    coalesce(request_id, ''), coalesce(end_user_id, ''), coalesce(session_id, ''), coalesce(team_id, ''),
    coalesce(cast(tags as text), ''), coalesce(quantity_unit, '')
) where window_start is not null;
