{#
    A model's name as usage and bills both write it: in lower case, dashes for dots. A fine-tuned model is billed under the
    model that was tuned: ft:gpt-4o for the usage of ft:gpt-4o:org::id.
#}
{% macro billed_name(name) -%}
    {%- set plain = "replace(" ~ tokenmart.plain_name(name) ~ ", '.', '-')" -%}
    case when {{ plain }} like 'ft:%' then 'ft:' || split_part({{ plain }}, ':', 2) else {{ plain }} end
{%- endmacro %}
