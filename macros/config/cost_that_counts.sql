{# cost_usd and cost_basis of a source, in a select: the first cost of its ladder, the variable cost_basis, that is known. #}
{% macro cost_that_counts(source) -%}
    {%- set ladder = tokenmart.cost_ladders()[source] -%}
    cast(coalesce(
        {%- for basis in ladder -%}
        cast({{ basis }}_cost_usd as {{ tokenmart.type_money() }}){{ ', ' if not loop.last }}
        {%- endfor -%}
    ) as {{ tokenmart.type_money() }}) as cost_usd,
        case
            {%- for basis in ladder %}
            when {{ basis }}_cost_usd is not null then '{{ basis }}'
            {%- endfor %}
            else 'unpriced'
        end as cost_basis
{%- endmacro %}


{# The ladder of each source; one that the variable leaves out has the usual one. #}
{% macro cost_ladders() %}
    {% set ladders = {'provider': ['billed', 'contracted'], 'agents': ['recorded', 'contracted'], 'voice': ['contracted']} %}
    {% do ladders.update(var('cost_basis')) %}
    {{ return(ladders) }}
{% endmacro %}
