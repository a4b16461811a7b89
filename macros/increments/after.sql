{# Has a model wait for others that it does not read, as a hook that does nothing. #}
{% macro after(models) %}{% endmacro %}
