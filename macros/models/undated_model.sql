{#
    A model's name as the collector writes it (lower case, dashes for dots), without the date of its snapshot.
    lower() would treat letters beyond ASCII as the engine or the database's collation does.
#}
{% macro undated_model(name) -%}
    regexp_replace(
        translate({{ name }}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ.', 'abcdefghijklmnopqrstuvwxyz-'),
        '-20[0-9][0-9]-?[01][0-9]-?[0-3][0-9]$', ''
    )
{%- endmacro %}
