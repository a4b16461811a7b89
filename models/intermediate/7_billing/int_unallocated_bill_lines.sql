-- Grain: a current line of a bill that is for no usage.
-- Guarantee: with what is allocated of the other lines, all that was billed.

with lines as (

    select * from {{ ref('int_bill_matches') }}

),

allocated as (

    select distinct
        source_instance,
        line_key
    from {{ ref('int_bill_allocations') }}

)

select lines.*
from lines
left join allocated
    on
        lines.source_instance = allocated.source_instance
        and lines.line_key = allocated.line_key
where allocated.line_key is null
