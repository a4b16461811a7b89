{{ config(materialized='ephemeral') }}

-- Grain: price_provider × price_model_id × processing × effective_from × context_band × token_class, of the models that usage
-- names: every cell that may have a price.
-- Guarantee: from effective_from to effective_to neither a list price nor a contract of the model changes in this processing.
-- Trap: a processing without prices of its own on these days costs what standard does (priced_as).

with used as (

    select distinct
        price_provider as provider,
        price_model_id as model_id
    from {{ ref('int_model_names') }}
    where price_model_id is not null

),

prices as (

    select * from {{ ref('int_list_prices') }}

),

contracts as (

    select * from {{ ref('int_model_contracts') }}

),

processings as (

    {%- for name in tokenmart.processings() %}
    {{ 'union all' if not loop.first }}
    select '{{ name }}' as processing
    {%- endfor %}

),

classes as (

    {%- for class in tokenmart.priced_classes() %}
    {{ 'union all' if not loop.first }}
    select '{{ class }}' as token_class
    {%- endfor %}

),

bands as (

    {%- for band in ['base', 'mixed_lengths', 'upper'] %}
    {{ 'union all' if not loop.first }}
    select
        '{{ band }}' as context_band,
        cast(null as {{ dbt.type_bigint() }}) as above_input_tokens
    {%- endfor %}
    union all
    -- a band of the usage for which the list has no price costs what is below it
    select distinct
        context_band,
        cast(above_input_tokens as {{ dbt.type_bigint() }}) as above_input_tokens
    from {{ ref('context_steps') }}

),

-- the days on which something changes
edges as (

    select
        used.provider,
        used.model_id,
        processings.processing,
        cast('1900-01-01' as date) as edge
    from used
    cross join processings
    {%- for relation in ['prices', 'contracts'] %}
    {%- for edge in ['effective_from', dbt.dateadd('day', 1, 'effective_to')] %}
    union
    select
        used.provider,
        used.model_id,
        processings.processing,
        cast({{ edge | replace('effective', relation ~ '.effective') }} as date) as edge
    from used
    inner join {{ relation }}
        on
            used.provider = {{ relation }}.provider
            and used.model_id = {{ relation }}.model_id
    inner join processings on {{ relation }}.processing in (processings.processing, 'standard', '*')
    {{ 'where ' ~ relation ~ ".effective_to < cast('9999-12-31' as date)" if not loop.first }}
    {%- endfor %}
    {%- endfor %}

),

followed as (

    select
        *,
        lead(edge) over (partition by provider, model_id, processing order by edge) as next_edge
    from edges

),

spans as (

    select
        provider,
        model_id,
        processing,
        edge as effective_from,
        coalesce(cast({{ dbt.dateadd('day', -1, 'next_edge') }} as date), cast('9999-12-31' as date)) as effective_to
    from followed

),

periods as (

    select
        spans.provider,
        spans.model_id,
        spans.processing,
        spans.effective_from,
        spans.effective_to,
        case when count(prices.provider) > 0 then spans.processing else 'standard' end as priced_as
    from spans
    left join prices
        on
            spans.provider = prices.provider
            and spans.model_id = prices.model_id
            and spans.processing = prices.processing
            and spans.effective_from between prices.effective_from and prices.effective_to
    group by 1, 2, 3, 4, 5

)

select
    periods.provider as price_provider,
    periods.model_id as price_model_id,
    periods.processing,
    periods.priced_as,
    periods.effective_from,
    periods.effective_to,
    bands.context_band,
    bands.above_input_tokens,
    classes.token_class
from periods
cross join bands
cross join classes
