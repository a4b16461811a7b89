{# The text of a JSON object at a path of keys, in text that is JSON; null for anything else. #}
{% macro json_object_text(json, path) -%}
    {%- set text = 'cast(' ~ tokenmart.json_member(json, path) ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    case when left({{ text }}, 1) = '{' then {{ text }} end
{%- endmacro %}
