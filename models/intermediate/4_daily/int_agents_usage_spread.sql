{{ config(materialized='view') }}

-- Grain: one row a counted usage record and day of the reporting time zone that its period touches.
-- Guarantee: the days of a record add up to it exactly, in quantity, tokens and the last digit of
-- its cost. Part i of q over the times t is floor(q·tᵢ/T) − floor(q·tᵢ₋₁/T), which telescopes.
-- Of the levels of one grain that cover a day, the one with the highest level_order counts.
-- Traps: an end at 23:59:59(.x) means the next midnight, an end at midnight is exclusive, and a
-- period that starts where it ends falls on that day. A level (storage_mb) is held on each day in
-- full instead of being spread; its cost is spread like any money.

{# the last second of a day is the application's way of writing the next midnight #}
{%- set period_end_exclusive -%}
    case
        when
            {{ dbt.date_trunc('day', dbt.dateadd('second', 1, 'period_end')) }}
            > {{ dbt.date_trunc('day', 'period_end') }}
            then {{ dbt.date_trunc('day', dbt.dateadd('second', 1, 'period_end')) }}
        else period_end
    end
{%- endset %}

with counted as (

    select * from {{ ref('int_agents_usage_counted') }}

),

levels as (

    select *
    from {{ ref('int_agents_usage_counted') }}
    where is_level

),

-- which level is the latest does not depend on the day
level_orders as (

    select
        source_instance,
        usage_record_id,
        row_number() over (
            partition by source_instance
            order by
                {{ period_end_exclusive }},
                created_at nulls first,
                {{ tokenmart.in_byte_order('usage_record_id') }}
        ) as level_order
    from levels

),

ended as (

    select
        counted.*,
        level_orders.level_order,
        {{ period_end_exclusive }} as period_end_exclusive
    from counted
    left join level_orders
        on
            counted.source_instance = level_orders.source_instance
            and counted.usage_record_id = level_orders.usage_record_id

),

measured as (

    select
        source_instance,
        usage_record_id,
        org_id,
        known_employee_id as employee_id,
        known_agent_config_id as agent_config_id,
        resource_type,
        -- '' and null are the same absence; two grain rows for it would be one too many
        nullif(model_id, '') as model_id,
        coalesce(token_source, 'company') as token_source,
        is_level,
        level_order,
        quantity,
        -- the split counts only where it explains the quantity
        case
            when
                resource_type = 'llm_tokens'
                and metadata_input_tokens + metadata_output_tokens = quantity
                -- audio at the price of text would be a guess, and a cheap one
                and not coalesce(has_other_modalities, false)
                then metadata_input_tokens
        end as input_tokens,
        -- parts of the input, each of the one before
        coalesce(metadata_cached_input_tokens, 0) + coalesce(metadata_cache_write_tokens, 0) as cache_tokens,
        coalesce(metadata_cache_write_tokens, 0) as cache_write_tokens,
        coalesce(metadata_cache_write_1h_tokens, 0) as cache_write_1h_tokens,
        cast(cast(recorded_cost_usd as decimal(24, 4)) * 10000 as {{ dbt.type_bigint() }}) as recorded_cost_units,
        {{ tokenmart.epoch_us('period_start') }} as start_us,
        -- a moment lasts a microsecond, so that it has a share to give
        greatest(
            {{ tokenmart.epoch_us('period_end_exclusive') }},
            {{ tokenmart.epoch_us('period_start') }} + 1
        ) as end_us,
        {{ tokenmart.to_reporting_date('period_start') }} as first_date,
        {{ tokenmart.to_reporting_date(
            "greatest(" ~ dbt.dateadd('microsecond', -1, 'period_end_exclusive') ~ ", period_start)"
        ) }} as last_date
    from ended
    {{ tokenmart.materialization_fence() }}

),

days as (

    select
        measured.*,
        offsets.day_offset,
        cast({{ dbt.dateadd('day', 'offsets.day_offset', 'measured.first_date') }} as date) as usage_date
    from measured
    {{ tokenmart.cross_join_days(
        'greatest(' ~ dbt.datediff('measured.first_date', 'measured.last_date', 'day') ~ ', 0)', 'offsets'
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
        {{ tokenmart.cumulative_part(part ~ '_tokens', used ~ '_before', whole) }} as {{ part }}_before,
        {{ tokenmart.cumulative_part(part ~ '_tokens', used ~ '_after', whole) }} as {{ part }}_after
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

),

parts as (

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

)

select * from parts
