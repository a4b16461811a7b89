{#
    The value by which a row of usage is joined to the lines of a bill whose scope for a column is the one of an alias,
    and that of the line: named lines by their own value, the rest by not being named, any by nothing.
#}
{% macro usage_in_scope(scope, value, is_named) -%}
    case {{ scope }} when 'named' then {{ value }} when 'rest' then case when {{ is_named }} then 'named' else '' end else '' end
{%- endmacro %}
