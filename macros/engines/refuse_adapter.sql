{#
    What every dispatched macro does on an adapter that has no version of its own: another engine's SQL might run there, and
    give other figures.
#}
{% macro refuse_adapter() %}
    {{ exceptions.raise_compiler_error(
        "tokenmart does not support the adapter " ~ adapter.type() ~ ". Choose a target with the adapter duckdb or postgres "
        ~ "(profiles.yml.example); what another one needs is in macros/engines/."
    ) }}
{% endmacro %}
