{#
    Which edition of a model a text names, by the date of its snapshot: 0806 of gpt-4o-2024-08-06, which Azure's meters
    write as "gpt 4o 0806 Inp glbl"; 092025 of gemini-2.5-flash-preview-09-2025; null if it names none.
#}
{% macro model_edition(text) -%}
    {%- set words = "' ' || regexp_replace(" ~ tokenmart.plain_name(text) ~ ", '[^a-z0-9]+', ' ', 'g') || ' '" -%}
    {%- set month, day = '(0[1-9]|1[0-2])', '(0[1-9]|[12][0-9]|3[01])' -%}
    {%- set year = '(20[0-9][0-9])' -%}
    {%- set dates = ['20[0-9][0-9] ?' ~ month ~ ' ?' ~ day, month ~ ' ' ~ year, year ~ ' ' ~ month, month ~ day] -%}
    nullif(
        regexp_replace({{ words }}, '^.* ({{ dates | join("|") }}) .*$', '\2\3\4\5\6\7\8\9'),
        {{ words }}
    )
{%- endmacro %}
