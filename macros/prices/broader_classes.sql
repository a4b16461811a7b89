{#
    Of each class, the broader ones whose price it takes if it has none of its own and theirs covers others, the
    first first: cached input that has no price is input. Output never takes the price of input.
#}
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
