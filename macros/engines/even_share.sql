{#
    One of n equal parts of a cost, to the last of its twelve decimals: the parts of a cost add up to it.

    place: which of the parts, from 1 on.
#}
{% macro even_share(cost, place, parts) %}
    {{- return(adapter.dispatch('even_share', 'tokenmart')(cost, place, parts)) -}}
{% endmacro %}

{% macro default__even_share(cost, place, parts) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__even_share(cost, place, parts) -%}
    {%- set units = 'cast(' ~ cost ~ ' * 1000000000000 as hugeint)' -%}
    cast(
        (({{ units }} * {{ place }}) // {{ parts }} - ({{ units }} * ({{ place }} - 1)) // {{ parts }})
        * cast(0.000000000001 as decimal(12, 12))
        as {{ tokenmart.type_money() }}
    )
{%- endmacro %}

{% macro postgres__even_share(cost, place, parts) -%}
    {%- set units = '(' ~ cost ~ ' * 1000000000000)' -%}
    cast(
        (div({{ units }} * {{ place }}, {{ parts }}) - div({{ units }} * ({{ place }} - 1), {{ parts }})) * 0.000000000001
        as {{ tokenmart.type_money() }}
    )
{%- endmacro %}
