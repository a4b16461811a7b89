{{ config(materialized='view') }}

-- noqa: disable=LT02
-- Grain: one row for each counted usage record and day of the reporting time zone that its period touches.
-- Guarantee: the days of a record add up to it exactly, in quantity, tokens and the last digit of
-- its cost. Part i of q over the times t is floor(q·tᵢ/T) − floor(q·tᵢ₋₁/T), which telescopes.
-- Trap: a level (storage_mb) is held on each day in full instead of being spread; its cost is spread like any money.

with periods as (

    select * from {{ ref('int_agents_record_periods') }}

),

days as (

    select
        periods.*,
        offsets.day_offset,
        cast({{ dbt.dateadd('day', 'offsets.day_offset', 'periods.first_date') }} as date) as usage_date
    from periods
    {{ tokenmart.cross_join_days(
        'greatest(' ~ dbt.datediff('periods.first_date', 'periods.last_date', 'day') ~ ', 0)', 'offsets'
    ) }}

),

elapsed as (

    select
        *,
        end_us - start_us as period_us,
        greatest({{ tokenmart.epoch_us(tokenmart.reporting_day_start('usage_date')) }} - start_us, 0) as us_before,
        case
            -- a clock that is set back over midnight shows the day before once more; the last day takes what is left
            when usage_date >= last_date then end_us
            else least({{ tokenmart.epoch_us(tokenmart.reporting_day_start(dbt.dateadd('day', 1, 'usage_date'))) }}, end_us)
        end - start_us as us_after
    from days
    {{ tokenmart.materialization_fence() }}

),

shared as (

    select
        *,
        {{ tokenmart.cumulative_share('quantity', 'us_before', 'period_us') }} as quantity_before,
        {{ tokenmart.cumulative_share('quantity', 'us_after', 'period_us') }} as quantity_after,
        {{ tokenmart.cumulative_share('recorded_cost_units', 'us_before', 'period_us') }} as cost_units_before,
        {{ tokenmart.cumulative_share('recorded_cost_units', 'us_after', 'period_us') }} as cost_units_after
    from elapsed
    -- a zone that once skipped a whole day has no time on it
    where us_after > us_before
    {{ tokenmart.materialization_fence() }}

),

-- input is shared out along the quantity and not along the time, and what went through a cache along the input: so no
-- part is more than the whole on any day, and what is left of it is the rest
{%- set wholes = {
    'input': 'quantity', 'cache': 'input_tokens', 'cache_write': 'cache_tokens', 'cache_write_1h': 'cache_write_tokens',
} %}
{%- for part, whole in wholes.items() %}
{%- set used = whole | replace('_tokens', '') %}
{{ part }}_shared as (

    select
        *,
        {%- for side in ['before', 'after'] %}
        case
            when coalesce({{ whole }}, 0) = 0 then 0
            else {{ tokenmart.cumulative_share(part ~ '_tokens', used ~ '_' ~ side, whole) }}
        end as {{ part }}_{{ side }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ 'shared' if loop.first else loop.previtem[0] ~ '_shared' }}
    {{ tokenmart.materialization_fence() }}

),
{% endfor %}
split as (

    select
        *,
        input_after - input_before as day_input_tokens,
        cache_after - cache_before as day_cache_tokens,
        cache_write_after - cache_write_before as day_cache_write_tokens,
        cache_write_1h_after - cache_write_1h_before as day_cache_write_1h_tokens,
        quantity_after - quantity_before as day_quantity
    from cache_write_1h_shared

)

select
    source_instance,
    usage_record_id,
    usage_date,
    org_id,
    employee_id,
    agent_config_id,
    resource_type,
    model_id,
    token_source,
    is_level,
    level_order,
    us_before = 0 as is_first_day,
    case when is_level then quantity else day_quantity end as quantity,
    coalesce(day_input_tokens, 0) as input_tokens,
    case when day_input_tokens is null then 0 else day_quantity - day_input_tokens end as output_tokens,
    case when resource_type = 'llm_tokens' and day_input_tokens is null then day_quantity else 0 end as unsplit_tokens,
    case when day_input_tokens is null then 0 else day_cache_tokens - day_cache_write_tokens end as cached_input_tokens,
    case when day_input_tokens is null then 0 else day_cache_write_tokens - day_cache_write_1h_tokens end
        as cache_write_input_tokens,
    case when day_input_tokens is null then 0 else day_cache_write_1h_tokens end as cache_write_1h_input_tokens,
    cast(cost_units_after - cost_units_before as decimal(18, 0)) * cast(0.0001 as decimal(4, 4))
        as recorded_cost_usd
from split
