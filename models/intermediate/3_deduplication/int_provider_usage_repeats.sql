-- Grain: one row a valid row of usage_events that carries nothing, or says again what another row says.
-- Guarantee: of a window that was fetched again the last row is not here, of identical requests the first.
-- Traps: before the source had its unique index, a window that was fetched again became another row;
-- a row without a window has no key but what it says; exports hold rows of zeros.

{%- set dimensions = ['project_id', 'openai_user_id', 'openai_api_key_id', 'service_tier', 'is_batch'] %}

with measured as (

    select * from {{ ref('int_provider_usage_comparable') }}

),

windows as (

    select *
    from measured
    where window_start is not null and not is_empty

),

requests as (

    select *
    from measured
    where window_start is null and not is_empty

),

repeated_windows as (

    {{ tokenmart.repeated_rows(
        'windows',
        ['source_instance', 'provider_key_id', 'model_id', 'window_start', 'window_end'] + dimensions,
        ['recorded_at desc', 'usage_event_id desc'],
    ) }}

),

repeated_requests as (

    {{ tokenmart.repeated_rows(
        'requests',
        [
            'source_instance', 'provider_key_id', 'model_id', 'used_at', 'recorded_at',
            'input_tokens', 'output_tokens', 'recorded_cost_usd',
        ] + tokenmart.further_counts() + dimensions,
        ['usage_event_id'],
    ) }}

)

select
    source_instance,
    row_key,
    'empty' as exclusion_reason
from measured
where is_empty

union all

select
    source_instance,
    row_key,
    'repeated_window' as exclusion_reason
from repeated_windows
where repetition > 1

union all

select
    source_instance,
    row_key,
    'repeated_request' as exclusion_reason
from repeated_requests
where repetition > 1
