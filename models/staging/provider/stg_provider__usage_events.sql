-- Grain: one row for each source row, unchanged but for names and types, and for each window, project, user, API key, model and
-- tier of the tables in loader_tables. Times are UTC.

with source as (

    {{ tokenmart.select_source('provider', 'usage_events') }}
    {{ tokenmart.union_loaders('provider', 'usage_events') }}

),

renamed as (

    select
        -- ids
        {{ tokenmart.literal(var('source_instance')) }} as source_instance,
        id as usage_event_id,
        key_id as provider_key_id,
        project_id,
        openai_user_id,
        openai_api_key_id,

        -- dimensions
        model as model_id,
        service_tier,
        batch as is_batch,

        -- timestamps
        "timestamp" as recorded_at,
        window_start,
        window_end,

        -- tokens
        tokens_in as input_tokens,
        tokens_out as output_tokens,
        input_cached_tokens as cached_input_tokens,
        input_uncached_tokens as uncached_input_tokens,
        input_text_tokens,
        input_cached_text_tokens,
        input_audio_tokens,
        input_cached_audio_tokens,
        input_image_tokens,
        input_cached_image_tokens,
        input_cache_write_tokens as written_input_tokens,
        input_cache_write_5m_tokens as written_5m_input_tokens,
        input_cache_write_1h_tokens as written_1h_input_tokens,
        output_text_tokens,
        output_audio_tokens,
        output_image_tokens,

        -- numerics
        num_model_requests as request_count,
        cost_estimate as recorded_cost_usd,

        -- what exports of gateways and agents say, and the collector does not
        request_id,
        end_user_id,
        session_id,
        team_id,
        tags,
        quantity,
        quantity_unit,
        reported_by
    from source

)

select * from renamed
