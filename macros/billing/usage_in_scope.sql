{#
    The value by which a row of usage is joined to the lines of a bill of a scope: named lines by what they name, those
    for the rest by not being named, those for any by nothing. It is equal to what the line names, or ''.
#}
{% macro usage_in_scope(scope, value, is_named) -%}
    case
                when {{ scope }} = 'named' then {{ value }}
                when {{ scope }} = 'rest' and {{ is_named }} then 'named'
                else ''
            end
{%- endmacro %}
