{{ config(materialized='ephemeral') }}

-- Grain: a span (the windows of one time) that lies over a finer one.
-- Guarantee: depth is how many windows lie under it, one over the other: 1 over one that lies over none, 2 over one of 1.
-- Trap: six may lie over one another; the usage API has minutes, hours, days, and days that name nothing.

{%- set layers = 6 %}

with pairs as (

    select * from {{ ref('int_provider_window_pairs') }}

),

over_1 as (

    select distinct
        source_instance,
        span_key
    from pairs

),
{% for layer in range(2, layers) %}
over_{{ layer }} as (

    select distinct
        pairs.source_instance,
        pairs.span_key
    from pairs
    inner join over_{{ layer - 1 }} as finer
        on
            pairs.source_instance = finer.source_instance
            and pairs.finer_span_key = finer.span_key

){{ ',' if not loop.last }}
{% endfor %}
select
    source_instance,
    span_key,
    count(*) as depth
from (
    {%- for layer in range(1, layers) %}
    {{ 'union all' if not loop.first }}
    select * from over_{{ layer }}
    {%- endfor %}
) as spans
group by source_instance, span_key
