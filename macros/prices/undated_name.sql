{#
    A model's name without what marks one edition of it: the date of its snapshot, a number such as 002, or
    "latest"; of a fine-tuned model the model that was tuned. With dashes for dots, as collectors write names.
    What is left is a name only if the price list has it.
#}
{% macro undated_name(name) -%}
    regexp_replace(
        case
            when {{ name }} like 'ft:%' then 'ft:' || replace(split_part({{ name }}, ':', 2), '.', '-')
            else replace({{ name }}, '.', '-')
        end,
        '([-@]20[0-9][0-9]-?[01][0-9]-?[0-3][0-9]|-00[1-9]|[-@]latest|@default)$', ''
    )
{%- endmacro %}
