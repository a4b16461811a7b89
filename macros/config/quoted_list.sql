{# A list of words as SQL literals: 'a', 'b'. #}
{% macro quoted_list(words) -%}
    {%- for word in words -%}
        '{{ word | replace("'", "''") }}'{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
