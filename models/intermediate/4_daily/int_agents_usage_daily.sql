{{ tokenmart.recomputes_days(
    'int_agents_days_to_recompute', day='usage_date', after=['excluded_usage_records', 'quarantine_usage_records']
) }}

-- Grain: usage_date × org_id × employee_id × agent_config_id × resource_type × model_id × token_source,
-- per source_instance.
-- Guarantee: flows and money add up to those of the counted records, to the last digit.
-- Trap: storage_mb is a level. On a day it is what the covering record with the latest
-- (period_end, created_at, id) says, an end at 23:59:59 being the next midnight; summed over
-- overlapping records it would be counted twice.

with parts as (

    select spread.*
    from {{ ref('int_agents_usage_spread') }} as spread
    inner join {{ ref('int_agents_days_to_recompute') }} as days
        on
            spread.source_instance = days.source_instance
            and spread.usage_date = days.recompute_date

),

daily as (

    select
        source_instance,
        usage_date,
        org_id,
        employee_id,
        agent_config_id,
        resource_type,
        model_id,
        token_source,
        cast(sum(case when is_first_day then 1 else 0 end) as {{ dbt.type_bigint() }}) as record_count,
        -- of levels the last one
        cast(
            coalesce({{ tokenmart.last_by('quantity', 'level_order', 'is_level') }}, sum(quantity)) as {{ dbt.type_bigint() }}
        ) as quantity,
        cast(sum(input_tokens) as {{ dbt.type_bigint() }}) as input_tokens,
        cast(sum(output_tokens) as {{ dbt.type_bigint() }}) as output_tokens,
        cast(sum(unsplit_tokens) as {{ dbt.type_bigint() }}) as unsplit_tokens,
        cast(sum(cached_input_tokens) as {{ dbt.type_bigint() }}) as cached_input_tokens,
        cast(sum(cache_write_input_tokens) as {{ dbt.type_bigint() }}) as cache_write_input_tokens,
        cast(sum(cache_write_1h_input_tokens) as {{ dbt.type_bigint() }}) as cache_write_1h_input_tokens,
        cast(sum(recorded_cost_usd) as {{ dbt.type_numeric() }}) as recorded_cost_usd
    from parts
    group by 1, 2, 3, 4, 5, 6, 7, 8

)

select * from daily
