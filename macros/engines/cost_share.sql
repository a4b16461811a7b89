{#
    The part of a cost that is for weight of total, to the last of its twelve decimals: parts of which each begins where the one
    before it ends (elapsed) add up to the cost. Weights are whole numbers.
#}
{% macro cost_share(cost, elapsed, weight, total) %}
    {{- return(adapter.dispatch('cost_share', 'tokenmart')(cost, elapsed, weight, total)) -}}
{% endmacro %}

{% macro default__cost_share(cost, elapsed, weight, total) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__cost_share(cost, elapsed, weight, total) -%}
    {%- set units = 'cast(' ~ cost ~ ' * 1000000000000 as hugeint)' -%}
    cast(
        (({{ units }} * ({{ elapsed }})) // ({{ total }}) - ({{ units }} * (({{ elapsed }}) - {{ weight }})) // ({{ total }}))
        * cast(0.000000000001 as decimal(12, 12))
        as {{ tokenmart.type_money() }}
    )
{%- endmacro %}

{% macro postgres__cost_share(cost, elapsed, weight, total) -%}
    {%- set units = '(' ~ cost ~ ' * 1000000000000)' -%}
    cast(
        (div({{ units }} * ({{ elapsed }}), {{ total }}) - div({{ units }} * (({{ elapsed }}) - {{ weight }}), {{ total }})) * 0.000000000001
        as {{ tokenmart.type_money() }}
    )
{%- endmacro %}


{# One of n equal parts of a cost. place: which of them, from 1 on. #}
{% macro even_share(cost, place, parts) -%}
    {{ tokenmart.cost_share(cost, place, 1, parts) }}
{%- endmacro %}
