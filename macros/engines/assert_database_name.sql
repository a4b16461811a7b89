{# Refuses a database that is called like one of the schemas, where that makes `schema.table` ambiguous. #}
{% macro assert_database_name() %}
    {{ return(adapter.dispatch('assert_database_name', 'tokenmart')()) }}
{% endmacro %}

{% macro default__assert_database_name() %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{# A file gives its name to the database, and so does the alias of a DuckLake. #}
{% macro duckdb__assert_database_name() %}
    {% for node in tokenmart.built_nodes() + tokenmart.source_tables_read() if node.schema | lower == node.database | lower %}
        {{ exceptions.raise_compiler_error(
            "The database " ~ node.database ~ " has the same name as its schema " ~ node.schema ~ ", so "
            ~ node.schema ~ "." ~ (node.alias or node.identifier) ~ " would be ambiguous. Rename the file, for example to tokenmart.duckdb, or the alias of the DuckLake."
        ) }}
    {% endfor %}
{% endmacro %}

{% macro postgres__assert_database_name() %}{% endmacro %}
