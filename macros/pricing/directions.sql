{#
    The directions that the line of a bill may name, and the classes of tokens of each: input, cached_input, cache_write,
    output; and the same of one kind of tokens, such as audio_cached_input.
#}
{% macro directions() %}
    {% set directions = {'input': [], 'cached_input': [], 'cache_write': [], 'output': []} %}
    {% for class in tokenmart.token_classes() %}
        {% if class.startswith('cache_write') %}
            {% do directions['cache_write'].append(class) %}
        {% else %}
            {% set kind = class.split('_')[-2] %}
            {% set direction = 'output' if class.endswith('output') else 'input' if class.startswith('un') else 'cached_input' %}
            {% do directions[direction].append(class) %}
            {% do directions.update({kind ~ '_' ~ direction: [class]}) %}
        {% endif %}
    {% endfor %}
    {% do directions['input'].extend(directions['cache_write']) %}
    {{ return(directions) }}
{% endmacro %}
