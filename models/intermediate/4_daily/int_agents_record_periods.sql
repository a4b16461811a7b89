{{ config(materialized='ephemeral') }}

-- Grain: one row for each counted usage record.
-- Guarantee: from start_us to end_us is the time over which the record is spread, first_date to last_date are the days of the
-- reporting time zone that it touches. input_tokens is null unless input and output explain the quantity.
-- Traps: an end at 23:59:59(.x) means the next midnight, an end at midnight is exclusive, and a period that starts where it
-- ends falls on that day. Of the levels of one grain that cover a day, the one with the highest level_order counts.

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

)

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
