{# A model's name as usage and bills both write it: in lower case, dashes for dots. #}
{% macro billed_name(name) -%}
    replace({{ tokenmart.plain_name(name) }}, '.', '-')
{%- endmacro %}
