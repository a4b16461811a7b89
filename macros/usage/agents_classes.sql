{# The classes of tokens that a record of the agents' platform may tell. #}
{% macro agents_classes() %}
    {{ return([
        'uncached_text_input', 'cached_text_input', 'cache_write_input', 'cache_write_1h_input', 'text_output',
    ]) }}
{% endmacro %}
