-- Grain: one row for each source row, without the summary and the client's address.
-- Trap: the metadata holds the client's IP; only the model's name is taken out of it.

with source as (

    {{ tokenmart.select_source('voice', 'voice_conversations', extracts={'model_id': ['metadata', 'model']}) }}

),

renamed as (

    select
        {{ tokenmart.literal(var('source_instance')) }} as source_instance,
        id as conversation_id,
        user_id,
        session_id,
        model_id,
        started_at,
        ended_at,
        created_at,
        updated_at,
        duration_seconds,
        total_tokens as last_response_total_tokens,
        input_tokens as last_response_input_tokens,
        output_tokens as last_response_output_tokens,
        cost_cents as last_response_cost_cents
    from source

)

select * from renamed
