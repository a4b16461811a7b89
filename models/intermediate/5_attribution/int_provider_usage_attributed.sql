{{ config(materialized='view') }}

-- Grain: that of int_provider_usage_daily.
-- Guarantee: each row once, with what its key was on the day of use.
-- Trap: a key's provider decides which prices hold; dim_provider_key has today's.

with daily as (

    select * from {{ ref('int_provider_usage_daily') }}

),

keys as (

    select * from {{ ref('dim_provider_key_history') }}

)

select
    daily.*,
    keys.provider,
    keys.user_id as key_user_id,
    keys.usage_mode,
    {{ tokenmart.is_provisional('daily.usage_date') }} as is_provisional
from daily
left join keys
    on
        daily.source_instance = keys.source_instance
        and daily.provider_key_id = keys.provider_key_id
        and {{ tokenmart.valid_on('keys', 'daily.usage_date') }}
