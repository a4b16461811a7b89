{# Classes whose price may stand in for that of a class, the nearest first; cached input without a price is input, output never is. #}
{% macro broader_classes() %}
    {{ return({
        'cached_text_input': ['uncached_text_input'],
        'uncached_audio_input': ['uncached_text_input'],
        'cached_audio_input': ['uncached_audio_input', 'cached_text_input', 'uncached_text_input'],
        'uncached_image_input': ['uncached_text_input'],
        'cached_image_input': ['uncached_image_input', 'cached_text_input', 'uncached_text_input'],
        'cache_write_input': ['uncached_text_input'],
        'cache_write_1h_input': ['cache_write_input', 'uncached_text_input'],
        'audio_output': ['text_output'],
        'image_output': ['text_output'],
    }) }}
{% endmacro %}
