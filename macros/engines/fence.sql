{#
    Behind a select that others read: has Postgres work it out as it stands. Left alone, it copies each expression to
    every place that uses it, and works it out there, which for expressions of expressions is hundreds of times; and
    it knows no join on what a lateral join has made.
#}
{% macro fence() %}
    {{- return(adapter.dispatch('fence', 'tokenmart')()) -}}
{% endmacro %}

{% macro default__fence() %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__fence() %}{% endmacro %}

{% macro postgres__fence() -%}
    offset 0
{%- endmacro %}
