{# True if the text is JSON as far as its syntax goes. #}
{% macro is_json_syntax(text) %}
    {{- return(adapter.dispatch('is_json_syntax', 'tokenmart')(text)) -}}
{% endmacro %}

{% macro default__is_json_syntax(text) -%}
    ({{ text }} is json)
{%- endmacro %}

{# `is json` came with Postgres 16. #}
{% macro postgres__is_json_syntax(text) -%}
    {%- if tokenmart.postgres_version() >= 16 -%}
        {{ tokenmart.default__is_json_syntax(text) }}
    {%- else -%}
        {{ tokenmart.is_json_syntax_by_pattern(text) }}
    {%- endif -%}
{%- endmacro %}

{% macro postgres_version() %}
    {{ return(run_query('show server_version_num')[0][0] | int // 10000 if execute else 16) }}
{% endmacro %}


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
