{#
    Before a model of many joins: keeps Postgres from comparing each row with each, which it takes to be cheap,
    because it expects a handful of rows from a join on several columns. A merge join does so, too, where it merges by a
    column that is the same in all rows, and sorts millions of rows to find a few. Nor are millions sorted to be grouped, or columns
    that are worked out a row (with_columns) kept, in case another row is the same: to look them up takes longer than to work them out.

    What is forbidden and needed all the same has a cost of ten thousand millions before Postgres 18, for which any statement, however
    small, would be compiled to machine code first.
#}
{% macro join_by_hash() %}
    {{- return(adapter.dispatch('join_by_hash', 'tokenmart')()) -}}
{% endmacro %}

{% macro default__join_by_hash() %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__join_by_hash() %}{% endmacro %}

{% macro postgres__join_by_hash() -%}
    set local enable_nestloop = off;
    set local enable_mergejoin = off;
    set local enable_sort = off;
    set local enable_memoize = off;
    set local jit = off
{%- endmacro %}
