{# True if the JSON text gives a negative number for any member whose name ends in "tokens", at any depth. #}
{% macro has_negative_tokens(json) %}
    {{- return(adapter.dispatch('has_negative_tokens', 'tokenmart')(json)) -}}
{% endmacro %}

{% macro default__has_negative_tokens(json) -%}
    {{ json }} ~ '"[a-z_]*tokens" *: *"?-'
{%- endmacro %}

{% macro duckdb__has_negative_tokens(json) -%}
    regexp_matches({{ json }}, '"[a-z_]*tokens" *: *"?-')
{%- endmacro %}
