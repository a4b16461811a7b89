{# The directions that the line of a bill may name, and the classes of tokens of each. #}
{% macro directions() %}
    {% set directions = {'input': [], 'cached_input': [], 'output': []} %}
    {% for class in tokenmart.token_classes() %}
        {% set direction = 'output' if class.endswith('output') else 'cached_input' if class.startswith('cached') else 'input' %}
        {% do directions[direction].append(class) %}
    {% endfor %}
    {{ return(directions) }}
{% endmacro %}
