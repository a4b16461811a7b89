{#
    The hash key of a fact over its grain. A null counts as '', and the length before each value
    keeps ('a', 'bc') apart from ('ab', 'c').
#}
{% macro grain_key(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- set text = "coalesce(cast(" ~ column ~ " as " ~ dbt.type_string() ~ "), '')" -%}
        {%- do parts.append("cast(length(" ~ text ~ ") as " ~ dbt.type_string() ~ ") || ':' || " ~ text) -%}
    {%- endfor -%}
    md5({{ parts | join(" || ") }})
{%- endmacro %}
