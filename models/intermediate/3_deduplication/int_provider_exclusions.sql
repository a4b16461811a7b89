-- Grain: one row for each valid row of usage_events that must not count, with the one reason that comes first, on
-- the days of this run.
-- Guarantee: a usage is counted once. The order: empty, repeated_window and repeated_request,
-- cost_line and finer_windows, inside_a_window; each rule sees what those before it have left.
-- Trap: every rule alone is harmless, in another order they would exclude each other's survivors.

select
    source_instance,
    row_key,
    exclusion_reason,
    cast(null as {{ dbt.type_bigint() }}) as uncovered_input_tokens,
    cast(null as {{ dbt.type_bigint() }}) as uncovered_output_tokens
from {{ ref('int_provider_usage_repeats') }}

union all

select
    source_instance,
    row_key,
    exclusion_reason,
    cast(uncovered_input_tokens as {{ dbt.type_bigint() }}) as uncovered_input_tokens,
    cast(uncovered_output_tokens as {{ dbt.type_bigint() }}) as uncovered_output_tokens
from {{ ref('int_provider_superseded_windows') }}

union all

select
    source_instance,
    row_key,
    exclusion_reason,
    cast(null as {{ dbt.type_bigint() }}) as uncovered_input_tokens,
    cast(null as {{ dbt.type_bigint() }}) as uncovered_output_tokens
from {{ ref('int_provider_requests_inside_windows') }}
