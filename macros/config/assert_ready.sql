{#
    Refuses to build on a configuration or on sources that cannot work, in sentences and all at once.
    Runs before the first model of every `dbt build` and `dbt run`.
#}
{% macro assert_ready() %}
    {% if execute and flags.WHICH in ['build', 'run'] %}
        {% do tokenmart.assert_sources_enabled() %}
        {% do tokenmart.assert_values() %}
        {% do tokenmart.assert_reporting_timezone() %}
        {% do tokenmart.assert_source_tables() %}
    {% endif %}
{% endmacro %}
