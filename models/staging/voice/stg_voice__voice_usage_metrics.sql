-- Grain: one row for each source row, unchanged but for names and types. Times are UTC.

with source as (

    {{ tokenmart.select_source('voice', 'voice_usage_metrics') }}

),

renamed as (

    select
        -- ids
        {{ tokenmart.literal(var('source_instance')) }} as source_instance,
        id as voice_metric_id,
        conversation_id,

        -- dimensions
        event_type,
        metadata,

        -- timestamps
        "timestamp" as recorded_at,

        -- numerics
        input_tokens,
        output_tokens,
        audio_duration_ms,
        function_calls,
        latency_ms
    from source

)

select * from renamed
