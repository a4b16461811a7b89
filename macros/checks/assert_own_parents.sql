{#
    Refuses to read a model of another project that has the name of one of tokenmart's by chance.
    Staging models and price seeds are made to be replaced; a user's own dim_date is not meant.
#}
{% macro assert_own_parents() %}
    {% set seeds = tokenmart.price_columns() %}
    {% for node in graph.nodes.values() if node.package_name == 'tokenmart' and node.resource_type == 'model' %}
        {% for parent in node.depends_on.nodes if parent.split('.')[0] in ['model', 'seed', 'snapshot'] %}
            {% set package, name = parent.split('.')[1], parent.split('.')[2] %}
            {% if package != 'tokenmart' and not name.startswith('stg_') and name not in seeds %}
                {{ exceptions.raise_compiler_error(
                    "tokenmart's " ~ node.name ~ " would read the model " ~ name ~ " of " ~ package ~ ", because tokenmart has a model of that name. "
                    ~ "Rename yours, or have packages look up their own models first, in dbt_project.yml:\n"
                    ~ "flags:\n  require_ref_searches_node_package_before_root: true"
                ) }}
            {% endif %}
        {% endfor %}
    {% endfor %}
{% endmacro %}
