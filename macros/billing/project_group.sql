{# The group of usage that a project is, as the lines of a bill name it: '' if they name none. #}
{% macro project_group(project) -%}
    case when {{ project }} is null then '' else '=' || {{ project }} end
{%- endmacro %}
