{#
    The whole number at a path of keys, as a number or in a string; null for anything else, so that one bad
    value stops no build. 12.0 and 1e3 are whole numbers.

    is_checked: the text is JSON or null, so that it need not be looked at again.
#}
{% macro json_integer(json, path, is_checked=false) %}
    {{- return(adapter.dispatch('json_integer', 'tokenmart')(json, path, is_checked)) -}}
{% endmacro %}

{% macro default__json_integer(json, path, is_checked) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{#
    DuckDB has read a number with a point or an exponent into a double, which may round it to a whole one.
    Such a number is read again, out of a text in which every number is a string; the pattern matches from end to end, so that it
    cannot start within a string, and leaves two quotes at the end.
#}
{% macro duckdb__json_integer(json, path, is_checked) -%}
    {%- set member = tokenmart.json_member(json, path) -%}
    {%- set other = '[^"0-9-]*(?:"(?:[^"\\\\]|\\\\.)*"[^"0-9-]*)*' -%}
    case
        when {{ 'true' if is_checked else tokenmart.is_json(json) }}
            then list_transform(
                [case json_type({{ member }})
                    when 'DOUBLE'
                        then list_transform(
                            [left(regexp_replace({{ json }}, '({{ other }})(-?[0-9][0-9.eE+-]*|$)', '\1"\2"', 'g'), -2)],
                            lambda quoted: json_extract_string({{ tokenmart.json_member('quoted', path) }}, '$')
                        )[1]
                    else json_extract_string({{ member }}, '$')
                end],
                lambda number: {{ tokenmart.whole_number('number') }}
            )[1]
    end
{%- endmacro %}

{% macro postgres__json_integer(json, path, is_checked) -%}
    {%- set text = tokenmart.json_member(json, path) ~ " #>> '{}'" -%}
    case when {{ 'true' if is_checked else tokenmart.is_json(json) }} then {{ tokenmart.whole_number("(" ~ text ~ ")") }} end
{%- endmacro %}
