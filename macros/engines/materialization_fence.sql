{#
    Behind a select that others read: has Postgres work it out as it stands. Left alone, it copies each expression to
    every place that uses it, and works it out there, which for expressions of expressions is hundreds of times; and
    it knows no join on what a lateral join has made.
#}
{% macro materialization_fence() %}
    {{- return(adapter.dispatch('materialization_fence', 'tokenmart')()) -}}
{% endmacro %}

{% macro default__materialization_fence() %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__materialization_fence() %}{% endmacro %}

{% macro postgres__materialization_fence() -%}
    offset 0
{%- endmacro %}
