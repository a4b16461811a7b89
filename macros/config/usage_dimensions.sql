{#
    The further dimensions of provider usage, {name in the variable usage_dimensions: column}: all of them, or those that
    the variable names. A daily row has the columns of all; the others are null.
#}
{% macro usage_dimensions(enabled=true) %}
    {% set columns = {} %}
    {% for name, column in {'end_user': 'end_user_id', 'session': 'session_id', 'team': 'team_id', 'tags': 'tags'}.items() %}
        {% if not enabled or name in var('usage_dimensions') %}
            {% do columns.update({name: column}) %}
        {% endif %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}
