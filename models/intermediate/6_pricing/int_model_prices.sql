-- Grain: price_provider × price_model_id × processing × context_band × token_class × effective_from, of the
-- models that usage names.
-- Guarantee: one list price and one contracted price on a day; effective_from to effective_to are days on which
-- nothing about the model in this processing changes.
-- Trap: a class may have no price of its own. Then a broader one covers it, if the list says so; else there is
-- no row, and tokens of it are not priced.

with used as (

    select distinct
        price_provider as provider,
        price_model_id as model_id
    from {{ ref('int_model_names') }}
    where price_model_id is not null

),

prices as (

    select list_prices.*
    from {{ ref('int_list_prices') }} as list_prices
    inner join used
        on
            list_prices.provider = used.provider
            and list_prices.model_id = used.model_id

),

contracts as (

    select
        used.provider,
        used.model_id,
        contract_prices.line_number,
        contract_prices.processing,
        contract_prices.token_class,
        contract_prices.effective_from,
        contract_prices.effective_to,
        contract_prices.usd_per_million,
        contract_prices.discount_percent,
        -- the model's name before a longer, before a shorter beginning of it
        case when contract_prices.model_id = used.model_id then 1000 else length(contract_prices.model_id) end as model_fit,
        case when contract_prices.provider = '*' then 0 else 1 end as provider_fit
    from used
    inner join {{ ref('int_contract_prices') }} as contract_prices
        on
            contract_prices.provider in (used.provider, '*')
            and (
                contract_prices.model_id = used.model_id
                or (
                    contract_prices.model_id like '%*'
                    and left(used.model_id, length(contract_prices.model_id) - 1)
                    = left(contract_prices.model_id, length(contract_prices.model_id) - 1)
                )
            )

),

processings as (

    {%- for name in tokenmart.processings() %}
    {{ 'union all' if not loop.first }}
    select '{{ name }}' as processing
    {%- endfor %}

),

bands as (

    {%- for band in ['base', 'bucket', 'upper'] %}
    select
        provider,
        model_id,
        '{{ band }}' as context_band,
        cast(null as {{ dbt.type_bigint() }}) as above_input_tokens
    from used
    union all
    {%- endfor %}
    -- a band of the usage for which the list has no price costs what is below it
    select
        used.provider,
        used.model_id,
        context_steps.context_band,
        context_steps.above_input_tokens
    from used
    cross join (
        select distinct
            context_band,
            cast(above_input_tokens as {{ dbt.type_bigint() }}) as above_input_tokens
        from {{ ref('context_steps') }}
    ) as context_steps

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
    union
    select
        {{ relation }}.provider,
        {{ relation }}.model_id,
        processings.processing,
        {{ relation }}.effective_from as edge
    from {{ relation }}
    inner join processings on {{ relation }}.processing in (processings.processing, 'standard', '*')
    union
    select
        {{ relation }}.provider,
        {{ relation }}.model_id,
        processings.processing,
        cast({{ dbt.dateadd('day', 1, relation ~ '.effective_to') }} as date) as edge
    from {{ relation }}
    inner join processings on {{ relation }}.processing in (processings.processing, 'standard', '*')
    where {{ relation }}.effective_to < cast('9999-12-31' as date)
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

-- a processing without prices costs what standard does
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

),

-- 0 is a class's own price
served as (

    {%- for class, other, distance in tokenmart.served_classes() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ class }}' as token_class,
        '{{ other }}' as priced_class,
        {{ distance }} as distance
    {%- endfor %}

),

candidates as (

    select
        periods.*,
        bands.context_band,
        served.token_class,
        prices.token_class as priced_class,
        prices.price_source,
        prices.price_rule,
        prices.catalog,
        prices.peak_usd_per_million is not null as varies_by_time_of_day,
        case
            when bands.context_band = 'upper'
                then greatest(prices.usd_per_million, coalesce(prices.peak_usd_per_million, prices.usd_per_million))
            else prices.usd_per_million
        end as usd_per_million,
        served.distance,
        case when bands.context_band = 'upper' then 0 else coalesce(prices.above_input_tokens, 0) end as step
    from periods
    inner join prices
        on
            periods.provider = prices.provider
            and periods.model_id = prices.model_id
            and periods.priced_as = prices.processing
            and periods.effective_from between prices.effective_from and prices.effective_to
    inner join bands
        on
            periods.provider = bands.provider
            and periods.model_id = bands.model_id
            and (
                prices.above_input_tokens is null
                or prices.above_input_tokens = bands.above_input_tokens
                or bands.context_band = 'upper'
            )
    inner join served
        on
            prices.token_class = served.priced_class
            and (served.distance = 0 or prices.covers_others)

),

chosen as (

    select
        *,
        row_number() over (
            partition by provider, model_id, processing, effective_from, context_band, token_class
            order by distance, step desc, usd_per_million desc
        ) as place
    from candidates

),

grid as (

    select
        periods.*,
        bands.context_band,
        served.token_class
    from periods
    inner join bands
        on
            periods.provider = bands.provider
            and periods.model_id = bands.model_id
    cross join (select distinct token_class from served) as served

),

agreed as (

    select
        grid.provider,
        grid.model_id,
        grid.processing,
        grid.effective_from,
        grid.context_band,
        grid.token_class,
        contracts.line_number,
        contracts.usd_per_million,
        contracts.discount_percent,
        row_number() over (
            partition by grid.provider, grid.model_id, grid.processing, grid.effective_from, grid.context_band, grid.token_class
            order by
                contracts.model_fit desc,
                contracts.provider_fit desc,
                case contracts.processing when grid.processing then 0 when grid.priced_as then 1 else 2 end,
                case when contracts.token_class = grid.token_class then 0 else 1 end
        ) as place
    from grid
    inner join contracts
        on
            grid.provider = contracts.provider
            and grid.model_id = contracts.model_id
            and contracts.processing in (grid.processing, grid.priced_as, '*')
            and contracts.token_class in (grid.token_class, '*')
            and grid.effective_from between contracts.effective_from and contracts.effective_to

)

select
    grid.provider as price_provider,
    grid.model_id as price_model_id,
    grid.processing,
    grid.priced_as,
    grid.context_band,
    grid.token_class,
    grid.effective_from,
    grid.effective_to,
    chosen.priced_class,
    chosen.usd_per_million,
    chosen.price_source,
    chosen.price_rule,
    chosen.catalog,
    coalesce(chosen.varies_by_time_of_day, false) as varies_by_time_of_day,
    agreed.line_number as contract_line_number,
    cast(coalesce(
        agreed.usd_per_million,
        round(chosen.usd_per_million * (100 - agreed.discount_percent) * cast(0.01 as decimal(3, 2)), 6),
        chosen.usd_per_million
    ) as decimal(11, 6)) as contracted_usd_per_million
from grid
left join chosen
    on
        grid.provider = chosen.provider
        and grid.model_id = chosen.model_id
        and grid.processing = chosen.processing
        and grid.effective_from = chosen.effective_from
        and grid.context_band = chosen.context_band
        and grid.token_class = chosen.token_class
        and chosen.place = 1
left join agreed
    on
        grid.provider = agreed.provider
        and grid.model_id = agreed.model_id
        and grid.processing = agreed.processing
        and grid.effective_from = agreed.effective_from
        and grid.context_band = agreed.context_band
        and grid.token_class = agreed.token_class
        and agreed.place = 1
where
    chosen.usd_per_million is not null
    or agreed.usd_per_million is not null
