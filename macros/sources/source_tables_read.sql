{#
    The source tables that tokenmart's own models read. One whose staging model another project has
    replaced is not among them.
#}
{% macro source_tables_read() %}
    {% set used = [] %}
    {% for node in graph.nodes.values() if node.resource_type == 'model' and node.package_name == 'tokenmart' %}
        {% do used.extend(node.depends_on.nodes) %}
    {% endfor %}
    {{ return(graph.sources.values() | selectattr('unique_id', 'in', used) | list) }}
{% endmacro %}
