{# Sums content hashes, so that two sets of rows can be compared by one number, whatever their order. #}
{% macro sum_of_hashes(content_hash) %}
    {{- return(adapter.dispatch('sum_of_hashes', 'tokenmart')(content_hash)) -}}
{% endmacro %}

{% macro default__sum_of_hashes(content_hash) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__sum_of_hashes(content_hash) -%}
    sum({{ content_hash }})
{%- endmacro %}

{# There it is text. #}
{% macro postgres__sum_of_hashes(content_hash) -%}
    sum(hashtextextended({{ content_hash }}, 0))
{%- endmacro %}
