{# The models and seeds of tokenmart that stand in the warehouse once they are built. #}
{% macro built_nodes() %}
    {% set built = [] %}
    {% for node in graph.nodes.values() if node.package_name == 'tokenmart' and node.resource_type in ['model', 'seed'] %}
        {% if node.config.materialized != 'ephemeral' %}
            {% do built.append(node) %}
        {% endif %}
    {% endfor %}
    {{ return(built) }}
{% endmacro %}


{# Those of them that this run builds. #}
{% macro selected_nodes() %}
    {{ return(tokenmart.built_nodes() | selectattr('unique_id', 'in', selected_resources) | list) }}
{% endmacro %}


{# The name of a node's relation, as existing_relations() gives it. #}
{% macro relation_name(node) %}
    {{ return((node.database ~ '.' ~ node.schema ~ '.' ~ node.alias) | lower) }}
{% endmacro %}
