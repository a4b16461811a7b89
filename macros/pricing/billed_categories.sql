{#
    The categories of tokens that a bill's line may name, each with its classes: input, cached_input, cache_write and output;
    and those of one modality, such as audio_cached_input.
#}
{% macro billed_categories() %}
    {% set categories = {'input': [], 'cached_input': [], 'cache_write': [], 'output': []} %}
    {% for class in tokenmart.token_classes() %}
        {% if class.startswith('cache_write') %}
            {% do categories['cache_write'].append(class) %}
        {% else %}
            {% set kind = class.split('_')[-2] %}
            {% set category = 'output' if class.endswith('output') else 'input' if class.startswith('un') else 'cached_input' %}
            {% do categories[category].append(class) %}
            {% do categories.update({kind ~ '_' ~ category: [class]}) %}
        {% endif %}
    {% endfor %}
    {% do categories['input'].extend(categories['cache_write']) %}
    {{ return(categories) }}
{% endmacro %}
