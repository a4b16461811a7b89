{{ config(materialized='view') }}

-- Grain: one row for each current row of the ledger, none dropped, with every reason for quarantine.
-- Guarantee: quarantine_reasons is null exactly for the valid rows, those that are counted or excluded. It is a function of
-- the ledger, so a changed rule applies to the past as well.
-- Trap: "too far in the future" is measured from the row's own first observation. Measured from
-- now, an impossible row would become possible by waiting.

-- every key ever observed: one that was deleted since is still known
with known_keys as (

    select distinct
        source_instance,
        provider_key_id
    from {{ ref('ledger_provider_keys') }}

),

tokens_validated as (

    select
        *,
        coalesce(window_start, recorded_at) as used_at,
        nullif(concat_ws(
            ', ',
            case
                when least(
                    input_tokens, output_tokens, {{ tokenmart.further_counts() | join(', ') }}
                ) < 0 then 'negative_tokens'
            end,
            case
                when
                    greatest(total_input_tokens, total_output_tokens, request_count) > {{ var('max_quantity') }}
                    or quantity > {{ var('max_quantity') }}
                    then 'quantity_too_large'
            end,
            case when cached_input_tokens > total_input_tokens then 'cached_above_total' end,
            -- exports leave columns that they do not fill at 0, so an uncached 0 says nothing; it may hold what was written
            case
                when
                    uncached_input_tokens <> 0
                    and cast(cached_input_tokens as {{ dbt.type_numeric() }}) + uncached_input_tokens
                    not in (
                        coalesce(input_tokens, 0), total_input_tokens,
                        cast(input_tokens as {{ dbt.type_numeric() }}) - written_in,
                        cast(total_input_tokens as {{ dbt.type_numeric() }}) - written_in
                    )
                    -- how many are cached may not be known, but they are not less than none
                    or uncached_input_tokens > greatest(input_tokens, total_input_tokens, 0)
                    then 'split_not_total'
            end
        ), '') as token_reasons
    from {{ ref('int_provider_token_totals') }}

),

validated as (

    select
        tokens_validated.*,
        nullif(concat_ws(
            ', ',
            case when tokens_validated.usage_event_id is null then 'missing_id' end,
            case when tokens_validated.occurrence > 1 then 'repeated_id' end,
            case when tokens_validated.provider_key_id is null then 'missing_key' end,
            case
                when tokens_validated.provider_key_id is not null and known_keys.provider_key_id is null
                    then 'unknown_key'
            end,
            case when nullif(trim(tokens_validated.model_id, ' '), '') is null then 'missing_model' end,
            case when tokens_validated.recorded_at is null then 'missing_timestamp' end,
            -- what is wrong with the tokens already may be why no convention fits
            tokens_validated.token_reasons,
            case
                when tokens_validated.token_convention is null and tokens_validated.token_reasons is null
                    then 'no_token_convention'
            end,
            case when tokens_validated.request_count < 0 then 'negative_requests' end,
            case when tokens_validated.quantity < 0 then 'negative_quantity' end,
            -- a quantity left at 0 says nothing
            case
                when tokens_validated.quantity <> 0 and nullif(trim(tokens_validated.quantity_unit, ' '), '') is null
                    then 'missing_unit'
            end,
            case when tokens_validated.window_end < tokens_validated.window_start then 'window_inverted' end,
            case
                when
                    tokens_validated.window_end
                    > {{ dbt.dateadd('hour', var('max_window_hours'), tokenmart.clamped('tokens_validated.window_start')) }}
                    then 'window_too_long'
            end,
            case
                when least(tokens_validated.used_at, tokens_validated.recorded_at) < {{ tokenmart.earliest_moment() }}
                    then 'before_earliest_date'
            end,
            case
                when
                    greatest(tokens_validated.used_at, tokens_validated.recorded_at)
                    > {{ dbt.dateadd('hour', var('max_future_hours'), 'tokens_validated.first_observed_at') }}
                    then 'from_the_future'
            end
        ), '') as quarantine_reasons
    from tokens_validated
    left join known_keys
        on
            tokens_validated.source_instance = known_keys.source_instance
            and tokens_validated.provider_key_id = known_keys.provider_key_id

)

-- content_hash stays in the ledger: its type is each engine's own
select
    row_key,
    occurrence,
    row_version,
    batch_id,
    observed_at,
    first_observed_at,
    is_deleted,
    usage_date_utc,
    source_instance,
    usage_event_id,
    provider_key_id,
    project_id,
    openai_user_id,
    openai_api_key_id,
    model_id,
    service_tier,
    is_batch,
    recorded_at,
    window_start,
    window_end,
    input_tokens,
    output_tokens,
    {% for count in tokenmart.further_counts() -%}
    {{ count }},
    {% endfor -%}
    request_count,
    recorded_cost_usd,
    {% for name in ['request_id', 'end_user_id', 'session_id', 'team_id', 'tags', 'quantity', 'quantity_unit', 'reported_by'] -%}
    {{ name }},
    {% endfor -%}
    used_at,
    token_convention,
    is_token_convention_ambiguous,
    total_input_tokens,
    total_output_tokens,
    quarantine_reasons
from validated
