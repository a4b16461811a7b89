{{ config(materialized='ephemeral') }}

-- noqa: disable=LT02
-- Grain: a line of a bill × a row of provider usage that it is for.
-- Guarantee: a line is for the usage of its UTC day and provider, and of its project, key and model where it names them
-- (int_bill_scopes). One that names a processing or long contexts is for such rows, if there are any (turn 1). Another pays
-- standard usage first (1), then what else it is for (2), and last the incentivized tier, which is free (3).
-- Traps: lines of kind other, unknown and credit are for no usage; nor is one whose model has no usage. What other lines name
-- of "input" weighs nothing for a line for it.

{%- set categories = tokenmart.billed_categories() %}

with lines as (

    select * from {{ ref('int_bill_scopes') }}
    where line_kind = 'any' or (line_kind = 'model' and matched_by <> 'none')

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
        priced.context_band not in ('base', 'mixed_lengths') as is_long,
        coalesce({{ tokenmart.plain_name('priced.service_tier') }}, '') = 'incentivized-tier' as is_free_tier,
        {% for category, classes in categories.items() %}
        {%- for class in classes %}
        {{ '+ ' if not loop.first }}priced.{{ class }}_tokens
        {%- endfor %} as {{ category }}_tokens,
        -- in billionths of a dollar
        {{ tokenmart.whole_units('priced.' ~ category ~ '_contracted_cost_usd', 9) }} as {{ category }}_cost,
        {% endfor %}
        priced.input_tokens + priced.output_tokens as tokens,
        -- what has no tokens weighs nothing next to tokens, whose cost stays known
        case
            when priced.quantity_unit is not null and priced.input_tokens + priced.output_tokens = 0 then 0
            else {{ tokenmart.whole_units('priced.contracted_cost_usd', 9) }}
        end as cost
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

-- by what each pattern finds a row: worked out before the lines are joined, so that no line is compared with each row of its day
sought as (

    select
        usages.*,
        patterns.*,
        {{ tokenmart.usage_in_scope('patterns.project_scope', 'usages.project_id', 'usages.is_named_project') }} as usage_project,
        {{ tokenmart.usage_in_scope('patterns.key_scope', 'usages.openai_api_key_id', 'usages.is_named_key') }} as usage_api_key,
        case patterns.matched_by
            {%- for kind, words in {
                'name': 'name', 'price': 'price_name', 'edition': 'edition_words', 'own_words': 'own_words', 'words': 'model_words',
            }.items() %}
            when '{{ kind }}' then usages.{{ words }}
            {%- endfor %}
            else ''
        end as matched_model
    from usages
    cross join patterns
    {{ tokenmart.materialization_fence() }}

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
            when sought.is_free_tier then 3
            when
                coalesce(lines.processing, 'standard') = sought.processing
                and (coalesce(lines.context_band, '') = 'long') = sought.is_long
                then 1
            else 2
        end as turn,
        sought.usage_key,
        {%- for measure in ['cost', 'tokens'] %}
        case
            {%- for category, parts in tokenmart.parts_of_categories().items() %}
            {%- set rest = [] %}
            {%- for part in parts %}
            {%- set is_named = "position('" ~ categories[part][0] ~ "' in lines.named_apart) > 0" %}
            {%- do rest.append('case when ' ~ is_named ~ ' then 0 else sought.' ~ part ~ '_' ~ measure ~ ' end') %}
            {%- endfor %}
            when lines.direction = '{{ category }}' and lines.named_apart <> '' then {{ rest | join(' + ') }}
            {%- endfor %}
            {%- for category in categories %}
            when lines.direction = '{{ category }}' then sought.{{ category }}_{{ measure }}
            {%- endfor %}
            else sought.{{ measure }}
        end as direction_{{ measure }},
        {%- endfor %}
        sought.cost,
        sought.tokens
    from sought
    inner join lines
        on
            {% for column in [
                'source_instance', 'usage_date_utc', 'provider', 'matched_by', 'matched_model', 'project_scope', 'key_scope',
            ] -%}
            {{ 'and ' if not loop.first }}sought.{{ column }} = lines.{{ column }}
            {% endfor -%}
            and sought.usage_project = coalesce(lines.usage_project, '')
            and sought.usage_api_key = coalesce(lines.usage_api_key, '')

),

turns as (

    select
        found.*,
        min(turn) over (partition by source_instance, line_key) as first_turn
    from found

)

-- a line for some rows is for no others, if there are such rows
select * from turns
where not is_of_some or turn = 1 or first_turn > 1
