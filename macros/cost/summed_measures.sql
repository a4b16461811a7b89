{#
    The measures of every cost mart, summed from the rows of fct_cost_daily (`costs`) that are counted; what another source contains
    already is shown beside them. {name: expression over a row}.
#}
{% macro summed_counts() %}
    {% set counts = {} %}
    {% for count in ['record_count', 'input_tokens', 'output_tokens', 'unsplit_tokens', 'total_tokens', 'cached_input_tokens'] %}
        {% do counts.update({count: 'case when costs.is_counted then costs.' ~ count ~ ' else 0 end'}) %}
    {% endfor %}
    {#- an agents' record that reports no cache may have used one -#}
    {% do counts.update({
        'cacheable_input_tokens':
            "case when costs.is_counted and (costs.source_system <> 'agents' or costs.cached_input_tokens > 0) then costs.input_tokens else 0 end",
        'unpriced_tokens': 'case when costs.is_counted and costs.cost_usd is null then costs.total_tokens else 0 end',
        'unlisted_tokens': 'case when costs.is_counted and costs.list_cost_usd is null then costs.total_tokens else 0 end',
        'costed_tokens': 'case when costs.is_counted and costs.cost_usd is not null then costs.total_tokens else 0 end',
        'observed_tokens': 'case when costs.is_counted then 0 else costs.total_tokens end',
        'request_count': 'case when costs.is_counted then costs.request_count end',
    }) %}
    {{ return(counts) }}
{% endmacro %}


{# Its costs; null where nothing has one. #}
{% macro summed_costs() %}
    {% set costs = {} %}
    {% for cost in ['recorded_cost_usd', 'list_cost_usd', 'contracted_cost_usd', 'billed_cost_usd', 'cost_usd', 'company_cost_usd', 'personal_cost_usd'] %}
        {% do costs.update({cost: 'case when costs.is_counted then costs.' ~ cost ~ ' end'}) %}
    {% endfor %}
    {% do costs.update({
        'tokens_cost_usd': 'case when costs.is_counted and costs.total_tokens <> 0 then costs.cost_usd end',
        'observed_cost_usd': 'costs.observed_cost_usd',
    }) %}
    {{ return(costs) }}
{% endmacro %}


{# The sum of such a cost: 0 and not unknown where nothing is counted. What is observed is never counted. #}
{% macro sum_of_cost(name, expression, counted_rows) -%}
    cast(
        {%- if name == 'observed_cost_usd' %}
        sum({{ expression }})
        {%- else %}
        case when {{ counted_rows }} = 0 then 0 else sum({{ expression }}) end
        {%- endif %}
        as {{ tokenmart.type_of_sum(name) }}
    )
{%- endmacro %}


{# The type of a sum of theirs: what is recorded or billed has six decimals. #}
{% macro type_of_sum(cost) -%}
    {{ dbt.type_numeric() if cost in ['recorded_cost_usd', 'billed_cost_usd'] else tokenmart.type_money() }}
{%- endmacro %}
