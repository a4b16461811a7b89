{# The classes into which a usage's tokens are split; each is a column <class>_tokens of a fact. #}
{% macro token_classes() %}
    {{ return([
        'uncached_text_input', 'cached_text_input',
        'uncached_audio_input', 'cached_audio_input',
        'uncached_image_input', 'cached_image_input',
        'cache_write_input', 'cache_write_1h_input',
        'text_output', 'audio_output', 'image_output',
    ]) }}
{% endmacro %}
