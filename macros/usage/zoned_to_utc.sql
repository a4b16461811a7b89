{# A moment with a zone as a UTC timestamp without one. #}
{% macro zoned_to_utc(moment) -%}
    ({{ moment }} at time zone 'UTC')
{%- endmacro %}
