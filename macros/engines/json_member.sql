{# The JSON value at a path of keys in text that is JSON. Of a key that stands twice the last one counts, as in jsonb. #}
{% macro json_member(json, path) %}
    {{- return(adapter.dispatch('json_member', 'tokenmart')(json, path)) -}}
{% endmacro %}

{% macro default__json_member(json, path) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{# DuckDB takes the first of two, so a text in which a key may stand twice is read member by member. #}
{% macro duckdb__json_member(json, path) -%}
    {%- set repeats = ["contains(" ~ json ~ ", '\\u')"] -%}
    {%- set last = namespace(member=json) -%}
    {%- for key in path -%}
        {%- do repeats.append("len(string_split(" ~ json ~ ", '\"" ~ key ~ "\"')) > 2") -%}
        {%- set members = "list_zip(json_keys(" ~ last.member ~ "), json_extract(" ~ last.member ~ ", '$.*'))" -%}
        {%- set last.member = "list_last(list_filter(" ~ members ~ ", lambda member: member[1] = '" ~ key ~ "'))[2]" -%}
    {%- endfor -%}
    case
        when {{ repeats | join(" or ") }} then {{ last.member }}
        else json_extract({{ json }}, '{{ tokenmart.json_path(path) }}')
    end
{%- endmacro %}

{% macro postgres__json_member(json, path) -%}
    (cast({{ json }} as json) -> '{{ path | join("' -> '") }}')
{%- endmacro %}

{# A path of keys as DuckDB writes it: a key may have dots, as OpenTelemetry's attributes do. #}
{% macro json_path(path) -%}
    ${% for key in path %}."{{ key }}"{% endfor %}
{%- endmacro %}
