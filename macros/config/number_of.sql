{# The number that a variable is; 0 while the project is parsed with what is no number, which assert_values refuses before a model is built. #}
{% macro number_of(name) %}
    {{ return(var(name) if var(name) is number else 0) }}
{% endmacro %}
