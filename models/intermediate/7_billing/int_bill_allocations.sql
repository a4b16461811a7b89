-- Grain: line of a bill × row of provider usage that it is for.
-- Guarantee: the parts of a line are whole micro-dollars and add up to it exactly, by cumulative rounding.
-- A line is for the usage of its UTC day and provider, and of its project, key and
-- model where it names them (int_bill_scopes). It is
-- shared out by the first of these that all of its rows have and that is not 0 in all: contracted cost of its
-- direction, tokens of its direction, contracted cost, tokens; else evenly.
-- A line that names a processing or long contexts is for such rows, if there are any. Of the others it pays standard
-- usage first, then what else it is for up to its contracted cost, and last the incentivized tier, which is free.
-- Trap: lines of kind other, unknown and credit are for no usage; nor is one whose model has no usage.

with lines as (

    select * from {{ ref('int_bill_scopes') }}
    where
        line_kind = 'any'
        or (line_kind = 'model' and matched_by <> 'none')

),

usages as (

    select
        scoped.*,
        {{ tokenmart.billed_name('priced.model_id') }} as name,
        coalesce(priced.price_provider || ' ' || priced.price_model_id, '') as price_name,
        coalesce(names.model_words, '') as model_words,
        coalesce(names.own_words, '') as own_words,
        coalesce(names.own_words || ' @ ' || names.edition, '') as edition_words,
        priced.processing,
        priced.context_band not in ('base', 'bucket') as is_long,
        coalesce({{ tokenmart.plain_name('priced.service_tier') }}, '') = 'incentivized-tier' as is_free_tier,
        {% for direction, classes in tokenmart.directions().items() %}
        {%- for class in classes %}
        {{ '+ ' if not loop.first }}priced.{{ class }}_tokens
        {%- endfor %} as {{ direction }}_tokens,
        -- in billionths of a dollar
        cast(
            round(priced.{{ direction }}_contracted_cost_usd * 1000000000, 0) as {{ dbt.type_bigint() }}
        ) as {{ direction }}_cost,
        {% endfor %}
        priced.input_tokens + priced.output_tokens as tokens,
        cast(round(priced.contracted_cost_usd * 1000000000, 0) as {{ dbt.type_bigint() }}) as cost
    from {{ ref('int_billable_usage') }} as scoped
    inner join {{ ref('int_provider_usage_priced') }} as priced
        on
            scoped.source_instance = priced.source_instance
            and scoped.usage_key = priced.usage_key
    left join {{ ref('int_model_names') }} as names
        on
            coalesce(priced.provider, '') = names.provider
            and priced.model_id = names.model_id

),

-- what the lines name, which makes finding their usage one join on equal columns
patterns as (

    select distinct
        project_scope,
        key_scope,
        matched_by
    from lines

),

found as (

    select
        lines.source_instance,
        lines.line_key,
        lines.line_kind,
        lines.direction,
        lines.billed_cost_usd,
        lines.processing is not null or lines.context_band is not null as is_of_some,
        case
            when usages.is_free_tier then 3
            when
                coalesce(lines.processing, 'standard') = usages.processing
                and (coalesce(lines.context_band, '') = 'long') = usages.is_long
                then 1
            else 2
        end as turn,
        usages.usage_key,
        case lines.direction
            {%- for direction in tokenmart.directions() %}
            when '{{ direction }}' then usages.{{ direction }}_cost
            {%- endfor %}
            else usages.cost
        end as direction_cost,
        case lines.direction
            {%- for direction in tokenmart.directions() %}
            when '{{ direction }}' then usages.{{ direction }}_tokens
            {%- endfor %}
            else usages.tokens
        end as direction_tokens,
        usages.cost,
        usages.tokens
    from usages
    cross join patterns
    inner join lines
        on
            usages.source_instance = lines.source_instance
            and usages.usage_date_utc = lines.usage_date_utc
            and usages.provider = lines.provider
            and {{ tokenmart.usage_in_scope('patterns.project_scope', 'usages.project_id', 'usages.is_named_project') }}
            = coalesce(lines.usage_project, '')
            and {{ tokenmart.usage_in_scope('patterns.key_scope', 'usages.openai_api_key_id', 'usages.is_named_key') }}
            = coalesce(lines.usage_api_key, '')
            and case patterns.matched_by
                when 'name' then usages.name
                when 'price' then usages.price_name
                when 'edition' then usages.edition_words
                when 'own_words' then usages.own_words
                when 'words' then usages.model_words
                else ''
            end = lines.matched_model
            and patterns.matched_by = lines.matched_by
            and patterns.project_scope = lines.project_scope
            and patterns.key_scope = lines.key_scope

),

-- a line for some rows is for no others, if there are such rows
taken as (

    select *
    from (
        select
            found.*,
            min(turn) over (partition by source_instance, line_key) as first_turn
        from found
    ) as found
    where not is_of_some or turn = 1 or first_turn > 1

),

totals as (

    select
        source_instance,
        line_key,
        case when count(*) = count(direction_cost) and sum(direction_cost) > 0 then 1 else 0 end as has_direction_cost,
        case when count(*) = count(direction_tokens) and sum(direction_tokens) > 0 then 1 else 0 end as has_direction_tokens,
        case when count(*) = count(cost) and sum(cost) > 0 then 1 else 0 end as has_cost,
        case when count(*) = count(tokens) and sum(tokens) > 0 then 1 else 0 end as has_tokens
    from taken
    group by 1, 2

),

weighed as (

    select
        found.source_instance,
        found.line_key,
        found.line_kind,
        found.direction,
        found.usage_key,
        found.turn,
        found.first_turn,
        totals.has_direction_cost = 1 or (totals.has_direction_tokens = 0 and totals.has_cost = 1) as is_by_cost,
        cast(cast(found.billed_cost_usd as {{ dbt.type_numeric() }}) * 1000000 as {{ dbt.type_bigint() }}) as billed,
        case
            {%- for weight in ['direction_cost', 'direction_tokens', 'cost', 'tokens'] %}
            when totals.has_{{ weight }} = 1 then found.{{ weight }}
            {%- endfor %}
            else 1
        end as weight
    from taken as found
    inner join totals
        on
            found.source_instance = totals.source_instance
            and found.line_key = totals.line_key

),

turns as (

    select
        source_instance,
        line_key,
        turn,
        is_by_cost,
        billed,
        first_turn,
        cast(sum(weight) as {{ dbt.type_bigint() }}) as total,
        -- micro-dollars that the rows of the turn cost, where weights are billionths; the free tier costs nothing
        -- beside others
        case
            when turn = 3 and first_turn < 3 then 0
            else cast(floor(sum(weight) / 1000) as {{ dbt.type_bigint() }})
        end as cost
    from weighed
    group by 1, 2, 3, 4, 5, 6

),

in_turn as (

    select
        *,
        min(case when total > 0 then turn end) over (partition by source_instance, line_key) as paying_turn,
        cast(
            sum(cost) over (
                partition by source_instance, line_key
                order by turn
                rows between unbounded preceding and current row
            ) as {{ dbt.type_bigint() }}
        ) as cost_so_far,
        cast(sum(cost) over (partition by source_instance, line_key) as {{ dbt.type_bigint() }}) as cost_of_all
    from turns

),

paid as (

    select
        source_instance,
        line_key,
        turn,
        total,
        case
            when is_by_cost and billed > 0
                then
                    greatest(least(billed - (cost_so_far - cost), cost), 0)
                    + case when turn = paying_turn then greatest(billed - cost_of_all, 0) else 0 end
            when turn = paying_turn then billed
            else 0
        end as billed_in_turn
    from in_turn

),

running as (

    select
        weighed.*,
        paid.billed_in_turn,
        -- rows that cost nothing have no part
        greatest(paid.total, 1) as total,
        cast(
            sum(weighed.weight) over (
                partition by weighed.source_instance, weighed.line_key, weighed.turn
                order by {{ tokenmart.in_byte_order('weighed.usage_key') }}
                rows between unbounded preceding and current row
            ) as {{ dbt.type_bigint() }}
        ) as elapsed
    from weighed
    inner join paid
        on
            weighed.source_instance = paid.source_instance
            and weighed.line_key = paid.line_key
            and weighed.turn = paid.turn

),

shared as (

    select
        *,
        {{ tokenmart.cumulative_share('billed_in_turn', 'elapsed', 'total') }} as used,
        {{ tokenmart.cumulative_share('billed_in_turn', '(elapsed - weight)', 'total') }} as used_before
    from running

)

select
    source_instance,
    line_key,
    line_kind,
    direction,
    usage_key,
    billed = 0 as is_free,
    cast((used - used_before) * cast(0.000001 as decimal(6, 6)) as {{ dbt.type_numeric() }}) as billed_cost_usd
from shared
