{# A model's name as the collector writes it (lower case, dashes for dots), without the date of its snapshot. #}
{% macro undated_model(name) -%}
    regexp_replace(lower({{ dbt.replace(name, "'.'", "'-'") }}), '-20[0-9][0-9]-?[01][0-9]-?[0-3][0-9]$', '')
{%- endmacro %}
