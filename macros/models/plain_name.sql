{# A name in lower case and without blanks around it. lower() would treat letters beyond ASCII as the engine does. #}
{% macro plain_name(name) -%}
    trim(translate({{ name }}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'))
{%- endmacro %}
