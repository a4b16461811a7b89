{# A view's statement without the name of the database, where that is the name of a file, which a copy of it has not. #}
{% macro without_file(sql) %}
    {{ return(adapter.dispatch('without_file', 'tokenmart')(sql)) }}
{% endmacro %}

{% macro default__without_file(sql) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__without_file(sql) %}
    {{ return(sql | replace(adapter.quote(this.database) ~ '.', '')) }}
{% endmacro %}

{% macro postgres__without_file(sql) %}
    {{ return(sql) }}
{% endmacro %}
