{#
    True if the text is JSON that a jsonb column takes: strict syntax, and no escape that stands for no
    character (\u0000, half a surrogate pair). Total: no text stops a build, and so more than a thousand
    opening brackets, which may nest deeper than Postgres can follow, are no JSON.
#}
{% macro is_json(text) %}
    {{- return(adapter.dispatch('is_json', 'tokenmart')(text)) -}}
{% endmacro %}

{% macro default__is_json(text) -%}
    case
        when
            case when octet_length({{ text }}) > 1000 then length({{ text }}) - length(translate({{ text }}, '{[', '')) end > 1000
            then false
        when not {{ tokenmart.is_json_syntax(text) }} then false
        when {{ text }} !~* '\\u(0000|d[89a-f])' then true
        -- without the escaped backslashes and the whole pairs, nothing of the kind is left
        else regexp_replace(
            replace({{ text }}, '\\', ''), '\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}', '', 'g'
        ) !~* '\\u(0000|d[89a-f])'
    end
{%- endmacro %}

{#
    DuckDB's own check lets NaN, Infinity, a comma before a closing bracket and \u0000 pass. They can be told
    by the tokens alone, without regard to nesting.
#}
{% macro duckdb__is_json(text) -%}
    {%- set character = '[^"\\\\\\x00-\\x1f]|\\\\["\\\\/bfnrt]' -%}
    {%- set escape = '\\\\u(?:[1-9a-fA-F][0-9a-fA-F]{3}|0[1-9a-fA-F][0-9a-fA-F]{2}|00[1-9a-fA-F][0-9a-fA-F]|000[1-9a-fA-F])' -%}
    {%- set scalar = '"(?:' ~ character ~ '|' ~ escape ~ ')*"|[0-9.eE+-]+|true|false|null' -%}
    {%- set space = '[ \\t\\n\\r]*' -%}
    {%- set token = space ~ '(?:' ~ scalar ~ '|[\\[\\]{}:]|,' ~ space ~ '(?:' ~ scalar ~ '|[\\[{]))' -%}
    case
        when
            case when strlen({{ text }}) > 1000 then length({{ text }}) - length(translate({{ text }}, '{[', '')) end > 1000
            then false
        else json_valid({{ text }}) and regexp_full_match({{ text }}, '(?:{{ token }})*{{ space }}')
    end
{%- endmacro %}
