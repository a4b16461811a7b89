{#
    True if the JSON text gives a negative number for any member whose name ends in "tokens", "Tokens", "tokenCount" or
    "TokenCount", at any depth.
    A minus before nothing but zeros is no negative number.
#}
{% macro has_negative_tokens(json) %}
    {{- return(adapter.dispatch('has_negative_tokens', 'tokenmart')(json)) -}}
{% endmacro %}

{% macro default__has_negative_tokens(json) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__has_negative_tokens(json) -%}
    regexp_matches({{ json }}, '"[A-Za-z_.]*oken(?:s|Count)"[ \t\n\r]*:[ \t\n\r]*"?-[0-9.]*[1-9]')
{%- endmacro %}

{% macro postgres__has_negative_tokens(json) -%}
    {{ json }} ~ '"[A-Za-z_.]*oken(?:s|Count)"[ \t\n\r]*:[ \t\n\r]*"?-[0-9.]*[1-9]'
{%- endmacro %}
