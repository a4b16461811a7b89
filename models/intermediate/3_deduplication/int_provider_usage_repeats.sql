-- Grain: one row for each valid row of usage_events that is empty, or a repeat of another row.
-- Guarantee: of a window that was fetched again the last row is not here, of identical requests the first.
-- Traps: before the source had its unique index, a window that was fetched again became another row;
-- a row without a window has no key but what it says; exports hold rows of zeros.

{%- set dimensions = [
    'project_id', 'openai_user_id', 'openai_api_key_id', 'service_tier', 'is_batch',
    'request_id', 'end_user_id', 'session_id', 'team_id', 'tags',
] %}

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

{#- the columns that are the same, and the row that counts is the first in this order -#}
{%- for relation, identity, order_by in [
    (
        'windows',
        ['source_instance', 'provider_key_id', 'model_id', 'window_start', 'window_end'] + dimensions,
        ['recorded_at desc', 'usage_event_id desc'],
    ),
    (
        'requests',
        [
            'source_instance', 'provider_key_id', 'model_id', 'used_at', 'recorded_at',
            'input_tokens', 'output_tokens', 'quantity', 'recorded_cost_usd',
        ] + tokenmart.further_counts() + dimensions,
        ['usage_event_id'],
    ),
] %}
{{ relation }}_hashed as (

    select
        *,
        {{ tokenmart.row_hash('(' ~ identity | join(', ') ~ ')') }} as identity_hash
    from {{ relation }}

),

-- only rows that share a hash are sorted, which spares the millions that are unique; one that shares it by chance is a first
-- of its own
repeated_{{ relation }} as (

    select
        hashed.source_instance,
        hashed.row_key,
        row_number() over (
            partition by hashed.{{ identity | join(', hashed.') }}
            order by hashed.{{ order_by | join(', hashed.') }}
        ) as repetition
    from {{ relation }}_hashed as hashed
    inner join (
        select identity_hash
        from {{ relation }}_hashed
        group by 1
        having count(*) > 1
    ) as repeated
        on hashed.identity_hash = repeated.identity_hash

){{ ',' if not loop.last }}
{% endfor %}
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
