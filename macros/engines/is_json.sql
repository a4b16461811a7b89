{#
    True if the text is JSON that a jsonb column takes: strict syntax, and no escape that stands for no
    character (\u0000, half a surrogate pair). Total: no text stops a build, and so more than a thousand
    opening brackets, which may nest deeper than Postgres can follow, are no JSON.
#}
{% macro is_json(text) %}
    {{- return(adapter.dispatch('is_json', 'tokenmart')(text)) -}}
{% endmacro %}

{% macro default__is_json(text) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

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

{% macro postgres__is_json(text) -%}
    case
        when
            case when octet_length({{ text }}) > 1000 then length({{ text }}) - length(translate({{ text }}, '{[', '')) end > 1000
            then false
        when not {{ tokenmart.is_postgres_json_syntax(text) }} then false
        when {{ text }} !~* '\\u(0000|d[89a-f])' then true
        -- without the escaped backslashes and the whole pairs, nothing of the kind is left
        else regexp_replace(
            replace({{ text }}, '\\', ''), '\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}', '', 'g'
        ) !~* '\\u(0000|d[89a-f])'
    end
{%- endmacro %}

{# `is json` came with Postgres 16. #}
{% macro is_postgres_json_syntax(text) -%}
    {%- set version = run_query('show server_version_num')[0][0] | int // 10000 if execute else 16 -%}
    {%- if version >= 16 -%}
        ({{ text }} is json)
    {%- else -%}
        {{ tokenmart.is_json_syntax_by_pattern(text) }}
    {%- endif -%}
{%- endmacro %}

{#
    Objects without lists, three deep, which is what usage looks like, match one pattern. In anything
    else every string becomes \u0001, every other scalar \u0002, and so does every innermost object and
    list until nothing changes: JSON is what ends as a single value. Without a function to leave behind.
#}
{% macro is_json_syntax_by_pattern(text) -%}
    {%- set string = '"(?:[^"\\\\\\u0001-\\u001f]|\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4}))*"' -%}
    {%- set other = '-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null' -%}
    {%- set space = '[ \\t\\n\\r]*' -%}
    {%- set nested = namespace(value=string ~ '|' ~ other) -%}
    {%- for _ in range(3) -%}
        {%- set member = string ~ space ~ ':' ~ space ~ '(?:' ~ nested.value ~ ')' ~ space -%}
        {%- set nested.value = string ~ '|' ~ other ~ '|\\{' ~ space ~ '(?:' ~ member ~ '(?:,' ~ space ~ '(?=")|(?=\\})))*\\}' -%}
    {%- endfor -%}
    {%- set values = '[\\u0001\\u0002]' -%}
    {%- set object = '\\{(?:\\u0001:' ~ values ~ '(?:,\\u0001:' ~ values ~ ')*)?\\}' -%}
    {%- set list = '\\[(?:' ~ values ~ '(?:,' ~ values ~ ')*)?\\]' -%}
    case
        when {{ text }} ~ '^{{ space }}(?:{{ nested.value }}){{ space }}$' then true
        when {{ text }} ~ '{{ values }}' then false
        else (
            with recursive reduced (document) as (
                select
                    translate(
                        regexp_replace(regexp_replace({{ text }}, '{{ string }}', chr(1), 'g'), '{{ other }}', chr(2), 'g'),
                        ' ' || chr(9) || chr(10) || chr(13),
                        ''
                    )
                union
                select regexp_replace(document, '{{ object }}|{{ list }}', chr(2), 'g') from reduced
            )

            select coalesce(bool_or(document in (chr(1), chr(2))), false) from reduced
        )
    end
{%- endmacro %}
