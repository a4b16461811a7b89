{#
    cost_usd and cost_basis of a source, in a select: the first cost of its ladder, the variable cost_basis, that is known.
    What is not tokens costs nothing by its tokens; what was recorded for it counts, wherever in the ladder it stands.
#}
{% macro cost_that_counts(source) -%}
    {%- set ladder = tokenmart.cost_ladders()[source] -%}
    {%- set costs = {} -%}
    {%- for basis in ladder -%}
        {%- set cost = basis ~ '_cost_usd' -%}
        {%- if basis in ['contracted', 'list'] and 'recorded' in ladder[loop.index:] -%}
            {%- set cost = "case when resource_type = 'llm_tokens' then " ~ cost ~ " end" -%}
        {%- endif -%}
        {%- do costs.update({basis: cost}) -%}
    {%- endfor -%}
    cast(coalesce(
        {%- for basis, cost in costs.items() -%}
        cast({{ cost }} as {{ tokenmart.type_money() }}){{ ', ' if not loop.last }}
        {%- endfor -%}
    ) as {{ tokenmart.type_money() }}) as cost_usd,
        case
            {%- for basis, cost in costs.items() %}
            when {{ cost }} is not null then '{{ basis }}'
            {%- endfor %}
            else 'unpriced'
        end as cost_basis
{%- endmacro %}


{# The ladder of each source; one that the variable leaves out has the usual one. #}
{% macro cost_ladders() %}
    {# while the project is parsed, too, which is before assert_values #}
    {% for problem in tokenmart.cost_basis_problems() %}
        {{ exceptions.raise_compiler_error("The variable " ~ problem) }}
    {% endfor %}
    {% set ladders = {'provider': ['billed', 'contracted'], 'agents': ['recorded', 'contracted'], 'voice': ['contracted']} %}
    {% do ladders.update(var('cost_basis')) %}
    {{ return(ladders) }}
{% endmacro %}
