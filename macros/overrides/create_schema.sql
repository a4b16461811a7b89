{#
    dbt makes the schemas before it runs any check of a project; so that a missing privilege is named in
    full, the check comes first here. (As a package, where a project's own macros count, dbt's message stands.)
#}
{% macro postgres__create_schema(relation) %}
    {% do tokenmart.assert_privileges() %}
    {% do dbt.postgres__create_schema(relation) %}
{% endmacro %}
