{#
    Has the engine look at a table that was just filled, where it would do so by itself only some time later:
    Postgres guesses what it joins until then, and guesses wrong by orders of magnitude.

    relation: by default the model or seed that is being built.
#}
{% macro refresh_statistics(relation=none) %}
    {{- return(adapter.dispatch('refresh_statistics', 'tokenmart')(relation)) -}}
{% endmacro %}

{% macro default__refresh_statistics(relation) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__refresh_statistics(relation) %}{% endmacro %}

{% macro postgres__refresh_statistics(relation) -%}
    {%- if relation or config.get('materialized') != 'view' -%}
        analyze {{ relation or this }}
    {%- endif -%}
{%- endmacro %}
