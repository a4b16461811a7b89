{#
    A model's name as collectors write it (lower case, dashes for dots), without what marks one edition of it: the
    date of its snapshot, or a number such as 002; of a fine-tuned model the model that was tuned.
    lower() would treat letters beyond ASCII as the engine or the database's collation does.
#}
{% macro undated_model(name) -%}
    {%- set plain = "replace(" ~ tokenmart.plain_name(name) ~ ", '.', '-')" -%}
    regexp_replace(
        case when {{ plain }} like 'ft:%' then 'ft:' || split_part({{ plain }}, ':', 2) else {{ plain }} end,
        '([-@]20[0-9][0-9]-?[01][0-9]-?[0-3][0-9]|-(0[1-9]|1[0-2])-20[0-9][0-9]|-00[1-9]|@default)$', ''
    )
{%- endmacro %}
