{{ config(materialized='ephemeral') }}

-- Grain: a span (the windows with the same start and end) that lies over a finer one.
-- Guarantee: depth is the number of layers of finer windows under it: 1 if the windows under it lie over none.
-- Trap: at most window_layers() of them are looked for.

{%- set layers = tokenmart.window_layers() %}

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
