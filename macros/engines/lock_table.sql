{#
    Has a second run wait until the first has committed, where an engine lets two write at once: each would
    not see what the other appends, and append it too. A DuckDB file has one writer, and so has a DuckLake (assert_one_writer).
#}
{% macro lock_table(table) %}
    {%- if is_incremental() -%}
        {{ return(adapter.dispatch('lock_table', 'tokenmart')(table)) }}
    {%- endif -%}
{% endmacro %}

{% macro default__lock_table(table) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__lock_table(table) %}{% endmacro %}

{% macro postgres__lock_table(table) -%}
    lock table {{ table }} in share row exclusive mode
{%- endmacro %}
