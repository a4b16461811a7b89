{# The columns of the classes of tokens, in a select. #}
{% macro token_class_columns() -%}
    {%- for class in tokenmart.token_classes() -%}
        {{ class }}_tokens{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
