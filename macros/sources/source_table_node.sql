{# What the sources' YAML says of a table; none while dbt only parses. #}
{% macro source_table_node(source_name, table_name) %}
    {% if execute %}
        {% for node in graph.sources.values() %}
            {% if node.package_name == 'tokenmart' and node.source_name == source_name and node.name == table_name %}
                {{ return(node) }}
            {% endif %}
        {% endfor %}
    {% endif %}
    {{ return(none) }}
{% endmacro %}
