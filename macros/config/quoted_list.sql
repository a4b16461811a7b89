{# A list of words as SQL literals: 'a', 'b'. An empty list becomes a word that nothing is called. #}
{% macro quoted_list(words) -%}
    {%- for word in words or [''] -%}
        {{ tokenmart.literal(word) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
