{# Whether columns of what the model builds may have comments. #}
{% macro takes_column_comments() %}
    {{ return(adapter.dispatch('takes_column_comments', 'tokenmart')()) }}
{% endmacro %}

{% macro default__takes_column_comments() %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{# In a DuckLake those of a view may not. #}
{% macro duckdb__takes_column_comments() %}
    {{ return(not (model.config.materialized == 'view' and adapter.is_ducklake(this))) }}
{% endmacro %}

{% macro postgres__takes_column_comments() %}
    {{ return(true) }}
{% endmacro %}
