{# Microseconds since 1970 of a UTC timestamp. #}
{% macro epoch_us(moment) %}
    {{- return(adapter.dispatch('epoch_us', 'tokenmart')(moment)) -}}
{% endmacro %}

{% macro default__epoch_us(moment) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__epoch_us(moment) -%}
    epoch_us({{ moment }})
{%- endmacro %}

{% macro postgres__epoch_us(moment) -%}
    cast(extract(epoch from {{ moment }}) * 1000000 as bigint)
{%- endmacro %}
