{#
    Names the marts that an earlier run made and that no model makes any more, because their source is not enabled or they are of another
    version: nothing brings them up to date. dbt shows no disabled models, so they are known by tokenmart's mark.

    existing: what existing_relations() found.
#}
{% macro warn_of_stale_marts(existing) %}
    {% set made = [] %}
    {% for node in tokenmart.built_nodes() %}
        {% do made.append(tokenmart.relation_name(node)) %}
    {% endfor %}
    {% set stale = [] %}
    {% for name, relation in existing.items() if name not in made and name.split('.')[-1].startswith('mart_') %}
        {% if relation.kind == 'table' and relation.comment.startswith(tokenmart.mark()) %}
            {% do stale.append(name.split('.')[-2:] | join('.')) %}
        {% endif %}
    {% endfor %}
    {% if stale %}
        {% do exceptions.warn(
            "These marts are not updated, because their source is not enabled: " ~ stale | sort | join(', ')
            ~ ". Leave them or drop them: once the source is enabled, a build rebuilds them from the ledger."
        ) %}
    {% endif %}
{% endmacro %}
