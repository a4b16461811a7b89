{#
    Refuses to build on a configuration or on sources that cannot work, in sentences and all at once.
    Runs before the first model of every `dbt build` and `dbt run`.
#}
{% macro assert_ready() %}
    {% if execute and flags.WHICH in ['build', 'run'] %}
        {% if flags.EMPTY %}
            {{ exceptions.raise_compiler_error(
                "--empty would show the ledger empty sources, and it would mark every row as deleted. Build into another database instead."
            ) }}
        {% endif %}
        {% do tokenmart.assert_sources_enabled() %}
        {% do tokenmart.assert_values() %}
        {% do tokenmart.assert_reporting_timezone() %}
        {% do tokenmart.assert_source_tables() %}
        {% do tokenmart.assert_same_shape() %}
    {% endif %}
{% endmacro %}
