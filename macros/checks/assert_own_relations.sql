{#
    Refuses to replace a table or view that tokenmart did not make, or to append to one. Its own bear
    its mark. A warehouse that an earlier version built, without marks, is known by its ledger.

    existing: what existing_relations() found. Returns the statements that mark such a warehouse.
#}
{% macro assert_own_relations(existing) %}
    {% set unmarked = [] %}
    {% set marked = [] %}
    {% set ledgers = [] %}
    {% for node in tokenmart.built_nodes() if tokenmart.relation_name(node) in existing %}
        {% if existing[tokenmart.relation_name(node)].comment.startswith(tokenmart.mark()) %}
            {% do marked.append(node) %}
        {% else %}
            {% do unmarked.append(node) %}
            {% if tokenmart.is_ledger(node) and tokenmart.looks_like_a_ledger(node) %}
                {% do ledgers.append(node) %}
            {% endif %}
        {% endif %}
    {% endfor %}
    {% set statements = [] %}
    {% if ledgers and not marked %}
        {% for node in unmarked %}
            {% do statements.append(tokenmart.comment_statement(node, existing, tokenmart.mark_of(node))) %}
        {% endfor %}
    {% else %}
        {% set foreign = unmarked | selectattr('unique_id', 'in', selected_resources) | list %}
        {% if foreign %}{% do tokenmart.refuse_foreign_relations(foreign, existing) %}{% endif %}
    {% endif %}
    {{ return(statements) }}
{% endmacro %}


{% macro refuse_foreign_relations(foreign, existing) %}
    {% set names = [] %}
    {% set statements = [] %}
    {% for node in foreign %}
        {% do names.append("- " ~ existing[tokenmart.relation_name(node)].kind ~ " " ~ node.schema ~ "." ~ node.alias) %}
        {% do statements.append(tokenmart.comment_statement(node, existing, tokenmart.mark())) %}
    {% endfor %}
    {{ exceptions.raise_compiler_error(
        "Refusing to overwrite relations that tokenmart did not create:\n" ~ names | join("\n")
        ~ "\nRename or move it, or let tokenmart build into another schema (+schema in dbt_project.yml, schema in profiles.yml)."
        ~ "\nIf tokenmart did create them (a copy without comments loses its mark), mark them again:\n"
        ~ statements | join(";\n") ~ ";"
    ) }}
{% endmacro %}


{% macro comment_statement(node, existing, comment) %}
    {{ return(
        "comment on " ~ existing[tokenmart.relation_name(node)].kind ~ " " ~ node.relation_name
        ~ " is " ~ tokenmart.literal(comment)
    ) }}
{% endmacro %}


{% macro is_ledger(node) %}
    {{ return('ledger' in node.tags) }}
{% endmacro %}


{# True if a table has the columns that every version of the ledger had, and that no other table has. #}
{% macro looks_like_a_ledger(node) %}
    {% set actual = tokenmart.column_types(api.Relation.create(node.database, node.schema, node.alias)) %}
    {{ return('row_key' in actual and 'row_version' in actual and 'batch_id' in actual and 'observed_at' in actual) }}
{% endmacro %}
