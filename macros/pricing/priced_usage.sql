{#
    The rows of a relation with what they cost, as a select.

    usage: a relation with the columns
      provider        in the application's words; null if it names none
      model_id        as recorded
      service_tier, is_batch
      usage_date_utc  the day whose prices hold
      context_band    'base', 'mixed_lengths' or a band of context_steps
      <class>_tokens  for every class of classes; timed_audio_ms for audio_seconds
    classes: those of priced_classes() that the usage can have; all of token_classes() if it is not said.
    tokens_without_class: a column with tokens that are in no class ('unsplit'), and have no price.
    quantity_unit: a column that names the unit of what is not tokens, which has no price ('quantity').
    flags: what else is to be known about the price of a row, {flag: condition}.
    by_category: whether to add the contracted cost of each of billed_categories(), <category>_contracted_cost_usd.

    Every row comes back once, with all its columns and with those that models/columns.md describes:
    price_provider, price_model_id, price_match, price_effective_from, price_source, processing, price_flags,
    pricing_status, unpriced_classes, list_cost_usd, list_cost_upper_usd, contracted_cost_usd, contracted_cost_upper_usd,
    caching_savings_usd, processing_savings_usd. An unpriced cost is null, never zero.
#}
{% macro priced_usage(usage, classes=none, tokens_without_class='0', quantity_unit=none, flags={}, by_category=false) %}
    {%- set classes = classes or tokenmart.token_classes() %}
    {%- set without_price = 'case when ' ~ quantity_unit ~ ' is null then 0 else 1 end' if quantity_unit else tokens_without_class %}
    select
        usage.*,
        rates.price_provider,
        rates.price_model_id,
        coalesce(rates.price_match, 'none') as price_match,
        rates.effective_from as price_effective_from,
        case
            when {{ tokenmart.count_classes(classes, 'tokens <> 0 and rates.usd is not null') }} = 0 then null
            when {{ tokenmart.count_classes(classes, 'tokens <> 0 and rates.is_derived') }} > 0 then 'derived'
            else 'listed'
        end as price_source,
        rates.processing,
        nullif(concat_ws(
            ', ',
            case when not {{ tokenmart.is_known_tier('usage.service_tier') }} then 'unknown_tier' end,
            case when rates.processing <> rates.priced_as then 'tier_at_standard' end,
            case when rates.varies_by_time_of_day then 'time_of_day' end,
            case when usage.context_band = 'mixed_lengths' then 'several_requests' end
            {%- for flag, condition in flags.items() %},
            case when {{ condition }} then '{{ flag }}' end
            {%- endfor %}
        ), '') as price_flags,
        case
            when {{ tokenmart.count_classes(classes, 'tokens <> 0') }} + case when {{ without_price }} <> 0 then 1 else 0 end = 0
                then 'no_tokens'
            when {{ tokenmart.count_classes(classes, 'tokens <> 0 and rates.usd is not null') }} = 0 then 'unpriced'
            when
                {{ without_price }} <> 0
                or {{ tokenmart.count_classes(classes, 'tokens <> 0 and rates.usd is null') }} > 0
                then 'partially_priced'
            when {{ tokenmart.count_classes(classes, 'tokens <> 0 and rates.is_derived') }} > 0 then 'derived'
            else 'priced'
        end as pricing_status,
        nullif(concat_ws(
            ', '
            {%- for class in classes %},
            case when {{ tokenmart.class_count(class) }} <> 0 and rates.{{ class }}_contracted_usd is null then '{{ class }}' end
            {%- endfor %},
            case when {{ without_price }} <> 0 then '{{ 'quantity' if quantity_unit else 'unsplit' }}' end
        ), '') as unpriced_classes,
        -- what the tokens would have cost more: fresh, and processed in the standard way
        cast(
            {%- for class in tokenmart.billed_categories()['cached_input'] if class in classes %}
            {{ '+ ' if not loop.first }}case
                when coalesce(usage.{{ class }}_tokens, 0) = 0 then 0
                else {{ tokenmart.token_cost(
                    'usage.' ~ class ~ '_tokens',
                    '(rates.un' ~ class ~ '_contracted_usd - rates.' ~ class ~ '_contracted_usd)',
                ) }}
            end
            {%- else %}
            0
            {%- endfor %}
            as {{ tokenmart.type_money() }}
        ) as caching_savings_usd,
        case
            when coalesce(rates.processing, 'standard') not in ('batch', 'flex') then cast(0 as {{ tokenmart.type_money() }})
            else {{ tokenmart.usage_cost('standard', 'contracted_usd', classes, without_price) }}
                - {{ tokenmart.usage_cost('rates', 'contracted_usd', classes, without_price) }}
        end as processing_savings_usd,
        {% for cost, rate in [('list_cost', 'usd'), ('contracted_cost', 'contracted_usd')] -%}
        {{ tokenmart.usage_cost('rates', rate, classes, without_price) }} as {{ cost }}_usd,
        case
            when rates.is_bounded then {{ tokenmart.usage_cost('bounds', rate, classes, without_price) }}
            else {{ tokenmart.usage_cost('rates', rate, classes, without_price) }}
        end as {{ cost }}_upper_usd{{ ',' if not loop.last or by_category }}
        {% endfor %}
        {%- if by_category -%}
        {%- for category, of_category in tokenmart.billed_categories().items() %}
        {{ tokenmart.usage_cost('rates', 'contracted_usd', of_category, tokens_without_class) }} as {{ category }}_contracted_cost_usd
        {{- ',' if not loop.last }}
        {%- endfor %}
        {%- endif %}
    from {{ usage }} as usage
    left join {{ ref('int_usage_rates') }} as rates
        on
            coalesce(usage.provider, '') = rates.provider
            and usage.model_id = rates.model_id
            and {{ tokenmart.usage_processing('usage.service_tier', 'usage.is_batch') }} = rates.processing
            and coalesce(usage.context_band, 'base') = rates.context_band
            and usage.usage_date_utc between rates.effective_from and rates.effective_to
    left join {{ ref('int_usage_rates') }} as standard
        on
            -- comparisons alone, here and below: DuckDB would compare every pair of rows
            case when rates.processing in ('batch', 'flex') then 'standard' end = standard.processing
            and rates.provider = standard.provider
            and rates.model_id = standard.model_id
            and rates.context_band = standard.context_band
            and usage.usage_date_utc between standard.effective_from and standard.effective_to
    left join {{ ref('int_usage_rates') }} as bounds
        on
            case when rates.is_bounded then 'upper' end = bounds.context_band
            and rates.provider = bounds.provider
            and rates.model_id = bounds.model_id
            and rates.processing = bounds.processing
            and rates.effective_from = bounds.effective_from
{%- endmacro %}
