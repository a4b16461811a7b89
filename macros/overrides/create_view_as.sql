{#
    In the place of dbt's macro, for tokenmart's own views: what they read is named without the database where that is called by
    its file. A copy of the file would read the first one, or nothing.
#}
{% macro create_view_as(relation, sql) %}
    {{ return(dbt.create_view_as(relation, tokenmart.without_file(sql))) }}
{% endmacro %}
