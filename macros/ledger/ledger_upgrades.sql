{#
    Brings the ledgers of an earlier version up to date before the first model: returns the statements
    that widen columns, and refuses what cannot be done without a decision, with the statements for it.
    Columns that staging has got since are appended by dbt.

    existing: what existing_relations() found.
#}
{% macro ledger_upgrades(existing) %}
    {% set statements = [] %}
    {% set problems = [] %}
    {% for node in tokenmart.selected_nodes() if tokenmart.is_ledger(node) %}
        {% if tokenmart.relation_name(node) in existing and not node.config.full_refresh %}
            {% set relation = api.Relation.create(node.database, node.schema, node.alias, type='table') %}
            {% set actual = tokenmart.column_types(relation) %}
            {% do problems.extend(tokenmart.missing_ledger_columns(node, relation, actual)) %}
            {% if tokenmart.moments(node) and 'usage_date_utc' not in actual %}
                {% do statements.append("alter table " ~ relation ~ " add column usage_date_utc date") %}
                {% set known = tokenmart.moments(node) | select('in', actual) | list %}
                {% if known %}
                    {# an update after this is refused by DuckDB within the transaction #}
                    {% do statements.append(
                        "alter table " ~ relation ~ " alter column usage_date_utc type date using " ~ tokenmart.day_of(known)
                    ) %}
                {% endif %}
            {% endif %}
            {% set widened = [] %}
            {% for column in node.columns.values() if column.data_type and column.name in actual %}
                {% set type = actual[column.name] %}
                {% if not tokenmart.type_holds(type, column.data_type) %}
                    {% set change = "alter table " ~ relation ~ " alter column " ~ adapter.quote(column.name) ~ " type "
                        ~ tokenmart.sql_type(column) ~ " using " ~ tokenmart.source_column(column, actual) | trim %}
                    {% if tokenmart.type_holds(column.data_type, type) %}
                        {% do widened.append(change) %}
                    {% else %}
                        {% do problems.append(
                            "- column " ~ column.name ~ " of " ~ node.schema ~ "." ~ node.alias ~ " is of type " ~ type ~ " and must be "
                            ~ column.data_type ~ ":\n    " ~ change ~ ";"
                        ) %}
                    {% endif %}
                {% endif %}
            {% endfor %}
            {% if widened %}
                {% do problems.extend(tokenmart.release_views(relation, widened)) %}
                {% do statements.extend(widened) %}
            {% endif %}
        {% endif %}
    {% endfor %}
    {% if problems %}
        {{ exceptions.raise_compiler_error(
            "The ledger was built by another version of tokenmart, and nothing in it may be lost. Run the statements below each line, then build again:\n"
            ~ problems | join("\n")
        ) }}
    {% endif %}
    {{ return(statements) }}
{% endmacro %}


{# What a ledger lacks that dbt cannot append as nulls: the columns on which its memory rests. #}
{% macro missing_ledger_columns(node, relation, actual) %}
    {% set fillings = {
        'occurrence': 'integer default 1',
        'is_deleted': 'boolean default false',
        'content_hash': tokenmart.content_hash_type() ~ " default '0'",
        'source_instance': dbt.type_string() ~ ' default ' ~ tokenmart.literal(var('source_instance')),
        'first_observed_at': dbt.type_timestamp(),
    } %}
    {% set problems = [] %}
    {% for name in tokenmart.technical_columns() + ['source_instance'] if name not in actual %}
        {% set what = "- " ~ node.schema ~ "." ~ node.alias ~ " has no column " ~ name %}
        {% if name in fillings %}
            {% do problems.append(
                what ~ ":\n    alter table " ~ relation ~ " add column " ~ name ~ " " ~ fillings[name] ~ ";"
                ~ ("\n    update " ~ relation ~ " set first_observed_at = observed_at;" if name == 'first_observed_at' else "")
            ) %}
        {% else %}
            {% do problems.append(
                what ~ ", which cannot be reconstructed. Restore it, or set the table aside and start a new ledger:\n"
                ~ "    alter table " ~ relation ~ " rename to " ~ node.alias ~ "_set_aside;"
            ) %}
        {% endif %}
    {% endfor %}
    {{ return(problems) }}
{% endmacro %}
