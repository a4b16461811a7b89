{#
    Has the engine look at a table that was just filled, where it would do so by itself only some time later:
    Postgres guesses what it joins until then, and guesses wrong by orders of magnitude.
#}
{% macro refresh_statistics() %}
    {{- return(adapter.dispatch('refresh_statistics', 'tokenmart')()) -}}
{% endmacro %}

{% macro default__refresh_statistics() %}{% endmacro %}

{% macro postgres__refresh_statistics() -%}
    {%- if config.get('materialized') != 'view' -%}
        analyze {{ this }}
    {%- endif -%}
{%- endmacro %}
