{#
    Refuses to build on a configuration, on sources or over tables that cannot work, in sentences and
    all at once, and brings the tables of an earlier version up to date. Runs before the first model of
    every `dbt build`, `dbt run` and `dbt seed` that builds something of tokenmart.
#}
{% macro assert_ready() %}
    {% if execute and flags.WHICH in ['build', 'run', 'seed'] and tokenmart.selected_nodes() %}
        {% set statements = [] %}
        {% if flags.EMPTY %}
            {{ exceptions.raise_compiler_error(
                "With --empty the ledger would see empty sources and mark every row as deleted. Build into another database instead."
            ) }}
        {% endif %}
        {% do tokenmart.assert_one_writer() %}
        {% do tokenmart.assert_database_name() %}
        {% set existing = tokenmart.existing_relations() %}
        {% if flags.WHICH != 'seed' %}
            {% do tokenmart.assert_sources_enabled() %}
            {% do tokenmart.assert_values() %}
            {% do tokenmart.assert_own_parents() %}
            {% do tokenmart.assert_reporting_timezone() %}
        {% endif %}
        {% do statements.extend(tokenmart.assert_own_relations(existing)) %}
        {% do tokenmart.assert_privileges(existing) %}
        {% if flags.WHICH != 'seed' %}
            {% do tokenmart.assert_source_tables() %}
            {% do tokenmart.assert_same_variables() %}
            {% do statements.extend(tokenmart.ledger_upgrades(existing)) %}
            {% do tokenmart.assert_later_than_observed(existing) %}
            {% do tokenmart.warn_of_stale_marts(existing) %}
        {% endif %}
        {% if statements %}
            {% call statement('bring_up_to_date', auto_begin=True) %}{{ statements | join(';\n') }}{% endcall %}
            {% do adapter.commit() %}
        {% endif %}
    {% endif %}
{% endmacro %}
