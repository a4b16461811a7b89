-- In place of tokenmart's model of this name: the columns that its ledger expects, from a table of another making.

with calls as (

    select * from {{ source('gateway', 'calls') }}

)

select
    'main' as source_instance,
    call_no as usage_event_id,
    api_key_no as provider_key_id,
    cost_center as project_id,
    cast(null as {{ dbt.type_string() }}) as openai_user_id,
    cast(null as {{ dbt.type_string() }}) as openai_api_key_id,
    engine as model_id,
    cast(null as {{ dbt.type_string() }}) as service_tier,
    false as is_batch,
    called_at as recorded_at,
    cast(null as {{ dbt.type_timestamp() }}) as window_start,
    cast(null as {{ dbt.type_timestamp() }}) as window_end,
    prompt_tokens as input_tokens,
    completion_tokens as output_tokens,
    cast(null as {{ dbt.type_bigint() }}) as cached_input_tokens,
    cast(null as {{ dbt.type_bigint() }}) as uncached_input_tokens,
    cast(null as {{ dbt.type_bigint() }}) as input_text_tokens,
    cast(null as {{ dbt.type_bigint() }}) as input_cached_text_tokens,
    cast(null as {{ dbt.type_bigint() }}) as input_audio_tokens,
    cast(null as {{ dbt.type_bigint() }}) as input_cached_audio_tokens,
    cast(null as {{ dbt.type_bigint() }}) as input_image_tokens,
    cast(null as {{ dbt.type_bigint() }}) as input_cached_image_tokens,
    cast(null as {{ dbt.type_bigint() }}) as written_input_tokens,
    cast(null as {{ dbt.type_bigint() }}) as written_5m_input_tokens,
    cast(null as {{ dbt.type_bigint() }}) as written_1h_input_tokens,
    cast(null as {{ dbt.type_bigint() }}) as output_text_tokens,
    cast(null as {{ dbt.type_bigint() }}) as output_audio_tokens,
    cast(null as {{ dbt.type_bigint() }}) as output_image_tokens,
    cast(1 as {{ dbt.type_bigint() }}) as request_count,
    dollars as recorded_cost_usd,
    cast(null as {{ dbt.type_string() }}) as request_id,
    cast(null as {{ dbt.type_string() }}) as end_user_id,
    cast(null as {{ dbt.type_string() }}) as session_id,
    cast(null as {{ dbt.type_string() }}) as team_id,
    cast(null as {{ dbt.type_string() }}) as tags,
    cast(null as decimal(38, 9)) as quantity,
    cast(null as {{ dbt.type_string() }}) as quantity_unit,
    cast(null as {{ dbt.type_string() }}) as reported_by
from calls
