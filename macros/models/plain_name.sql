{#
    A name in lower case and without blanks around it. lower() would treat letters beyond ASCII as the engine does, and so would trim()
    of no named character: DuckDB takes a no-break space for a blank.
#}
{% macro plain_name(name) -%}
    trim(translate({{ name }}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'), ' ')
{%- endmacro %}
