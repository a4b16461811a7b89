{#
    The rows of a relation with what stands at paths of a JSON document of theirs, as columns: {column: path}. The
    document is JSON or null (is_json). Texts are as json_text has them, integers as json_integer.
#}
{% macro json_columns(relation, document, texts={}, integers={}) %}
    {{- return(adapter.dispatch('json_columns', 'tokenmart')(relation, document, texts, integers)) -}}
{% endmacro %}

{% macro default__json_columns(relation, document, texts, integers) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{#
    DuckDB finds the members of all paths while it reads a document once. It takes the first of two that have one name, so that
    holds where no object on the way has a name twice; and what is not plainly a string or a whole number is looked at by the macro
    for one member.
#}
{% macro duckdb__json_columns(relation, document, texts, integers) -%}
    {%- set members = [] -%}
    {%- set objects = [] -%}
    {%- for path in texts.values() | list + integers.values() | list -%}
        {%- do members.append(tokenmart.json_path(path)) -%}
        {%- for depth in range(path | length) -%}
            {%- do objects.append(tokenmart.json_path(path[:depth])) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set objects = objects | unique | list %}
    select
        records.* exclude (json_names, json_members, has_json_twins)
        {%- for column, path in texts.items() %}
        {%- set member = 'records.json_members[' ~ loop.index ~ ']' %},
        case
            when records.has_json_twins then {{ tokenmart.json_text('records.' ~ document, path, is_checked=true) }}
            when starts_with({{ member }}, '"') then json_extract_string({{ member }}, '$')
        end as {{ column }}
        {%- endfor %}
        {%- for column, path in integers.items() %}
        {%- set member = 'records.json_members[' ~ (texts | length + loop.index) ~ ']' %},
        case
            when not records.has_json_twins and {{ member }} is null then null
            when not records.has_json_twins and regexp_full_match({{ member }}, '-?[0-9]{1,18}')
                then cast({{ member }} as bigint)
            else {{ tokenmart.json_integer('records.' ~ document, path, is_checked=true) }}
        end as {{ column }}
        {%- endfor %}
    from (
        select
            records.*,
            {% for object in objects -%}
            {{ 'or ' if not loop.first }}coalesce(list_unique(records.json_names[{{ loop.index }}]) < len(records.json_names[{{ loop.index }}]), false)
            {% endfor -%}
            as has_json_twins
        from (
            select
                records.*,
                json_keys(records.{{ document }}, {{ objects }}) as json_names,
                cast(json_extract(records.{{ document }}, {{ members }}) as varchar[]) as json_members
            from {{ relation }} as records
        ) as records
    ) as records
{%- endmacro %}

{# Postgres looks at the document, at each member and at its number once a row. #}
{% macro postgres__json_columns(relation, document, texts, integers) -%}
    {%- set members = {} -%}
    {%- set columns = {} -%}
    {%- for column, path in texts.items() -%}
        {%- do members.update({column: tokenmart.json_text('given.document', path, is_checked=true)}) -%}
        {%- do columns.update({column: 'members.' ~ column}) -%}
    {%- endfor -%}
    {%- for column, path in integers.items() -%}
        {%- do members.update({column: tokenmart.json_member('given.document', path) ~ " #>> '{}'"}) -%}
        {%- do columns.update({column: tokenmart.whole_number('members.' ~ column)}) -%}
    {%- endfor -%}
    select
        records.*
        {%- for column in columns %},
        columns.{{ column }}
        {%- endfor %}
    from {{ relation }} as records
    {{ tokenmart.lateral_columns('given', {'document': 'records.' ~ document}) }}
    {{ tokenmart.lateral_columns('members', members) }}
    {{ tokenmart.lateral_columns('columns', columns) }}
{%- endmacro %}
