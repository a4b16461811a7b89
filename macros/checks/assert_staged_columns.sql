{#
    Refuses a staging model, of another project's making perhaps, that lacks a column of the ledger
    or gives one a type whose values the ledger could not hold.
#}
{% macro assert_staged_columns(staged) %}
    {% set actual = tokenmart.column_types(staged) %}
    {% if not actual %}
        {{ exceptions.raise_compiler_error(
            model.name ~ " reads " ~ staged ~ ", which does not exist: build the model too, as a view or a table and not as ephemeral."
        ) }}
    {% endif %}
    {% set problems = [] %}
    {% for column in tokenmart.staged_columns() %}
        {% if column.name not in actual %}
            {% do problems.append("- it has no column " ~ column.name ~ " (" ~ column.data_type ~ ")") %}
        {% elif not tokenmart.type_fits(actual[column.name], column.data_type) %}
            {% do problems.append(
                "- its column " ~ column.name ~ " is of type " ~ actual[column.name] ~ ", which may hold values that "
                ~ column.data_type ~ " cannot; cast it in the model"
            ) %}
        {% endif %}
    {% endfor %}
    {% if problems %}
        {{ exceptions.raise_compiler_error(
            "The model " ~ staged.identifier ~ " does not have the columns that " ~ model.name ~ " keeps:\n"
            ~ problems | join("\n")
        ) }}
    {% endif %}
{% endmacro %}
