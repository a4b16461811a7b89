{# A moment with a zone as a UTC timestamp without one. #}
{% macro zoned_to_utc(moment) %}
    {{- return(adapter.dispatch('zoned_to_utc', 'tokenmart')(moment)) -}}
{% endmacro %}

{% macro default__zoned_to_utc(moment) -%}
    ({{ moment }} at time zone 'UTC')
{%- endmacro %}
