-- Usage records of the days from $first_day to $last_day: 20 a day of each employee, of which most
-- are a day long, a quarter is a week and some are a month long.

insert into raw_agents.usage_records (
    id, org_id, employee_id, agent_config_id, resource_type, quantity, cost_usd,
    period_start, period_end, metadata, token_source, created_at
)
with

slots as (

    select
        day_no,
        employee,
        record,
        cast($first_id as bigint) + ((day_no - $first_day) * $employees + employee) * 20 + record as slot
    from generate_series($first_day, $last_day) as days (day_no)
    cross join generate_series(0, $employees - 1) as employees (employee)
    cross join generate_series(0, 19) as records (record)

),

drawn as (

    select
        *,
        slot * 811290697 % 2147483647 as chance,
        timestamp '2024-01-01' + day_no * interval '1 day' as day_start
    from slots

),

used as (

    select
        *,
        case
            when record < 16 then 'llm_tokens'
            when record < 18 then 'api_calls'
            else 'storage_mb'
        end as resource_type,
        case when chance % 1000 = 7 then 0 else 1000 + (chance >> 3) % 90000 end as quantity,
        case
            when chance % 100 < 40 then interval '1 day' - interval '1 second'
            when chance % 100 < 70 then interval '17 hours'
            when chance % 100 < 95 then interval '7 days'
            else interval '30 days' - interval '1 second'
        end as length
    from drawn

)

select
    cast(md5(concat('record ', slot)) as uuid),
    cast(md5(concat('organization ', employee % 20)) as uuid),
    cast(md5(concat('employee ', employee)) as uuid),
    cast(md5(concat('config ', employee, ' ', record % 2)) as uuid),
    resource_type,
    quantity,
    cast(case when resource_type = 'llm_tokens' then quantity * 0.0000125 else 0 end as numeric(10, 4)),
    day_start,
    -- one in two thousand is damaged
    case when chance % 2000 = 999 then day_start - interval '1 day' else day_start + length end,
    cast(
        case
            when resource_type = 'llm_tokens' then concat(
                '{"model": "claude-sonnet-4-', 4 + employee % 3, '", "input_tokens": ', quantity - (quantity >> 3),
                ', "output_tokens": ', quantity >> 3, '}'
            )
            else '{}'
        end as $json
    ),
    case when chance % 50 = 0 then 'personal' else 'company' end,
    day_start + length
from used
order by slot;
