{# The one post-hook of all models and seeds: dbt compiles each hook for each node again, whatever comes of it. #}
{% macro after_build() %}
    {{- [tokenmart.mark_as_own() | trim, tokenmart.refresh_statistics() | trim] | select | join(';\n') -}}
{% endmacro %}
