{# The ways of processing that have prices of their own. #}
{% macro processings() %}
    {{ return(['standard', 'batch', 'flex', 'priority']) }}
{% endmacro %}
