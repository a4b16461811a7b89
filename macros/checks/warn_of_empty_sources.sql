{#
    Names the tables of sources that are empty now, and had rows: more often a delivery that failed than a source that was
    emptied. The ledger keeps the rows, and they still count. After every run, for the ledgers that it brought up to date.
#}
{% macro warn_of_empty_sources(results) %}
    {% set queries = [] %}
    {% for result in results if result.status == 'success' and result.node.package_name == 'tokenmart' and tokenmart.is_ledger(result.node) %}
        {# a project may have put a model of its own in the place of ours, under the same name #}
        {% for staged in graph.nodes.values() if staged.unique_id in result.node.depends_on.nodes and staged.name.startswith('stg_') %}
            {% do queries.append(
                "select '" ~ result.node.name | replace('ledger_', '') ~ "' as name"
                ~ " where not exists (select 1 from " ~ staged.relation_name ~ ")"
                ~ " and exists (select 1 from " ~ result.node.relation_name
                ~ " where source_instance = " ~ tokenmart.literal(var('source_instance')) ~ ")"
            ) %}
        {% endfor %}
    {% endfor %}
    {% if queries %}
        {% for row in run_query(queries | join(' union all ')).rows %}
            {% do exceptions.warn(
                "The source table " ~ row[0] ~ " is empty and used to have rows. They stay in the ledger and are still counted;"
                ~ " if no one emptied the source, check its delivery."
            ) %}
        {% endfor %}
    {% endif %}
{% endmacro %}
