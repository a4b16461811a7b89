{# True if the JSON text counts tokens of input or output anywhere; a limit such as max_output_tokens is no count. #}
{% macro counts_tokens(json) %}
    {{- return(adapter.dispatch('counts_tokens', 'tokenmart')(json)) -}}
{% endmacro %}

{% macro default__counts_tokens(json) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__counts_tokens(json) -%}
    regexp_matches(
        {{ json }},
        '"(input|output|prompt|completion|total|candidates|response)[A-Za-z_]*[tT]oken(s|Count|_count)"[ \t\n\r]*:[ \t\n\r]*"?0*[1-9]'
    )
{%- endmacro %}

{% macro postgres__counts_tokens(json) -%}
    {{ json }} ~ '"(input|output|prompt|completion|total|candidates|response)[A-Za-z_]*[tT]oken(s|Count|_count)"[ \t\n\r]*:[ \t\n\r]*"?0*[1-9]'
{%- endmacro %}
