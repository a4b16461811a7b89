{# Refuses to build where another run could write at the same time, and neither would notice. #}
{% macro assert_one_writer() %}
    {{ return(adapter.dispatch('assert_one_writer', 'tokenmart')()) }}
{% endmacro %}

{% macro default__assert_one_writer() %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{# A DuckDB file has one writer. A DuckLake has as many as come, unless the plugin has them wait for each other. #}
{% macro duckdb__assert_one_writer() %}
    {% set plugins = (target.get('plugins') or []) | map(attribute='module') | list %}
    {% if adapter.is_ducklake(api.Relation.create(database=target.database)) and 'tokenmart.warehouse.dbt_plugin' not in plugins %}
        {{ exceptions.raise_compiler_error(
            "The target " ~ target.name ~ " is a DuckLake, and lacks what keeps two runs from writing to it at once. Add to it in profiles.yml: "
            ~ "plugins: [{module: tokenmart.warehouse.dbt_plugin}]"
        ) }}
    {% endif %}
{% endmacro %}

{# Runs wait for each other at each ledger and each table that keeps its days: lock_table. #}
{% macro postgres__assert_one_writer() %}{% endmacro %}
