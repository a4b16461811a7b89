-- Question: which tokens have no price, neither public nor your own, and which line would give them one?
-- Grain: source_system × provider × model_id × token_class, per source_instance; only what has no price.
-- Guarantee: every token of the facts either has a price or is here, once. What is counted in another unit has no price, and is
-- of the class 'quantity:<unit>'.
-- Traps: a token without a price may have a cost that is recorded or billed (costed_tokens); what has none is
-- unpriced_tokens of the other marts, with the rest of its row. 'unsplit' are tokens whose source does not say whether
-- they are input or output, or of which modality, so no line can help. A model that has a price under another name needs a
-- line in the seed model_aliases instead.

{%- set facts = {
    'provider': 'fct_provider_usage_daily',
    'agents': 'fct_agent_usage_daily',
    'voice': 'fct_voice_usage_daily',
} %}

with costs as (

    select
        source_instance,
        sum(total_tokens) as all_tokens
    from {{ ref('fct_cost_daily') }}
    group by 1

),

-- also on days on which the model has no price yet, when a fact names none
names as (

    select * from {{ ref('int_model_names') }}

),

usages as (

    {%- for source in tokenmart.usage_sources() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ source }}' as source_system,
        source_instance,
        {{ 'provider' if source == 'provider' else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as provider,
        model_id,
        usage_date,
        cost_usd is not null as is_costed,
        unpriced_classes,
        {{ {'agents': 'unsplit_tokens', 'voice': 'unclassed_input_tokens + unclassed_output_tokens'}.get(
            source, 'cast(0 as ' ~ dbt.type_bigint() ~ ')'
        ) }} as unsplit_tokens,
        {% for column, type in {'quantity_unit': dbt.type_string(), 'quantity': 'decimal(38, 9)'}.items() -%}
        {{ column if source == 'provider' else 'cast(null as ' ~ type ~ ') as ' ~ column }},
        {% endfor -%}
        {{ 'timed_audio_ms' if source == 'voice' else 'cast(0 as ' ~ dbt.type_bigint() ~ ')' }} as timed_audio_ms,
        {{ tokenmart.token_class_columns() }}
    from {{ ref(facts[source]) }}
    where unpriced_classes is not null
    {%- endfor %}

),

classes as (

    {%- for class in tokenmart.priced_classes() + ['unsplit', 'quantity'] %}
    {{ 'union all' if not loop.first }}
    select '{{ class }}' as token_class
    {%- endfor %}

),

unpriced as (

    select
        usages.source_system,
        usages.source_instance,
        usages.provider,
        usages.model_id,
        case
            when classes.token_class = 'quantity' then 'quantity:' || usages.quantity_unit
            else classes.token_class
        end as token_class,
        {%- for column, condition in {'tokens': 'true', 'costed_tokens': 'usages.is_costed'}.items() %}
        cast(coalesce(sum(
            case classes.token_class
                {%- for class in tokenmart.token_classes() + ['unsplit'] %}
                when '{{ class }}' then usages.{{ class }}_tokens
                {%- endfor %}
            end
        ) filter (where {{ condition }}), 0) as {{ dbt.type_bigint() }}) as {{ column }},
        {%- endfor %}
        cast(
            coalesce(sum(usages.timed_audio_ms) filter (where classes.token_class = 'audio_seconds'), 0)
            as {{ dbt.type_bigint() }}
        ) as unpriced_audio_ms,
        max(case when classes.token_class = 'quantity' then usages.quantity_unit end) as quantity_unit,
        cast(
            sum(usages.quantity) filter (where classes.token_class = 'quantity') as decimal(38, 9)
        ) as unpriced_quantity,
        min(usages.usage_date) as first_usage_date,
        max(usages.usage_date) as last_usage_date,
        max(names.price_provider) as price_provider,
        max(names.price_model_id) as price_model_id
    from usages
    inner join classes
        on ', ' || usages.unpriced_classes || ',' like '%, ' || classes.token_class || ',%'
    left join names
        on
            coalesce(usages.provider, '') = names.provider
            and usages.model_id = names.model_id
    group by 1, 2, 3, 4, 5

)

select
    unpriced.source_system,
    unpriced.source_instance,
    unpriced.provider,
    unpriced.model_id,
    unpriced.token_class,
    unpriced.tokens,
    unpriced.costed_tokens,
    unpriced.unpriced_audio_ms,
    unpriced.first_usage_date,
    unpriced.last_usage_date,
    {{ tokenmart.ratio('unpriced.tokens', 'costs.all_tokens') }} as share_of_all_tokens,
    case when unpriced.token_class <> 'unsplit' and unpriced.quantity_unit is null then 'model_prices' end as seed_name,
    -- in the order of the columns of the seed
    case
        when unpriced.token_class <> 'unsplit' and unpriced.quantity_unit is null
            then
                {%- set values = {
                    'provider': tokenmart.csv_field("coalesce(unpriced.price_provider, nullif(unpriced.provider, ''), '<provider>')"),
                    'model_id': tokenmart.csv_field("coalesce(unpriced.price_model_id, unpriced.model_id, '<model>')"),
                    'processing': "'standard'",
                    'token_class': 'unpriced.token_class',
                    'usd_per_million': "'<usd_per_million>'",
                    'currency': "'USD'",
                } %}
                {%- for column in tokenmart.price_columns('model_prices') %}
                {{ "|| ',' || " if not loop.first }}{{ values.get(column, "''") }}
                {%- endfor %}
    end as line_to_add,
    unpriced.quantity_unit,
    unpriced.unpriced_quantity
from unpriced
inner join costs on unpriced.source_instance = costs.source_instance
