{#
    Refuses to count new days by other rules than the days before them: each table that counts stores its variables
    (int_table_rules). A source that is switched off counts no days.
#}
{% macro assert_same_variables() %}
    {% set rules = tokenmart.built_relation('int_table_rules') %}
    {% if rules and not flags.FULL_REFRESH and not tokenmart.resets_ledger() %}
        {% set noted = {} %}
        {% for row in run_query("select built_table, variables from " ~ rules) %}
            {% do noted.update({row[0]: fromjson(row[1])}) %}
        {% endfor %}
        {% set problems = [] %}
        {% for tables in tokenmart.tables_by_days().values() %}
            {# if the rules of one of them are unknown, all days are recomputed #}
            {% for table in tables if tables | reject('in', noted) | list | length == 0 %}
                {% for name, before in noted[table].items() if name in tokenmart.variables() and before != var(name) %}
                    {% do problems.append("- " ~ name ~ " was " ~ tojson(before) ~ " and is " ~ tojson(var(name))) %}
                {% endfor %}
            {% endfor %}
        {% endfor %}
        {% if problems %}
            {{ exceptions.raise_compiler_error(
                "Variables that shape the daily rows have changed since those rows were computed:\n" ~ problems | unique | sort | join('\n')
                ~ "\nRun --full-refresh; the ledger stays."
            ) }}
        {% endif %}
    {% endif %}
{% endmacro %}


{# {name of a model of days: [tables that keep them, by schema and name]} #}
{% macro tables_by_days() %}
    {% set tables = {} %}
    {% for node in graph.nodes.values() if node.resource_type == 'model' and node.config.meta.days %}
        {% do tables.setdefault(node.config.meta.days, []).append(tokenmart.built_table(node)) %}
    {% endfor %}
    {{ return(tables) }}
{% endmacro %}


{# A model of this project as it stands in the warehouse; none if it was not built yet. #}
{% macro built_relation(name) %}
    {% set node = tokenmart.model_of(name) %}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias)) }}
{% endmacro %}
