{# True if the name of a model holds one of those whose input is told to leave out what is read from a cache and written to it. #}
{% macro is_input_beside_cache(model) -%}
    (
        false
        {%- for name in var('input_beside_cache') %}
        or lower({{ model }}) like {{ tokenmart.literal('%' ~ name | lower ~ '%') }}
        {%- endfor %}
    )
{%- endmacro %}
