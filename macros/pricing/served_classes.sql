{#
    Which class's price may serve which class, and how far it is from it: 0 is the class itself. Cached input that
    has no price is input; output never takes the price of input.
#}
{% macro served_classes() %}
    {% set broader = {
        'cached_text_input': ['uncached_text_input'],
        'uncached_audio_input': ['uncached_text_input'],
        'cached_audio_input': ['uncached_audio_input', 'cached_text_input', 'uncached_text_input'],
        'uncached_image_input': ['uncached_text_input'],
        'cached_image_input': ['uncached_image_input', 'cached_text_input', 'uncached_text_input'],
        'cache_write_input': ['uncached_text_input'],
        'cache_write_1h_input': ['cache_write_input', 'uncached_text_input'],
        'audio_output': ['text_output'],
        'image_output': ['text_output'],
    } %}
    {% set served = [] %}
    {% for class in tokenmart.priced_classes() %}
        {% for other in [class] + broader.get(class, []) %}
            {% do served.append((class, other, loop.index0)) %}
        {% endfor %}
    {% endfor %}
    {{ return(served) }}
{% endmacro %}
