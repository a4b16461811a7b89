{#
    The hash key of a fact over its grain. A null counts as '', and the length before each value
    keeps ('a', 'bc') apart from ('ab', 'c').

    One concat of everything is twice as fast as a || for each part, which copies what is there already; it takes
    a hundred arguments at most.

    if_filled: texts of the grain that are in the key only where one of them is not null, so that the key of other rows is
    what it was before there were such columns.
#}
{% macro grain_key(columns, if_filled=[]) -%}
    md5({{ tokenmart.grain_text(columns) }}
    {%- if if_filled %}
        || case when coalesce({{ if_filled | join(', ') }}) is null then '' else {{ tokenmart.grain_text(if_filled) }} end
    {%- endif -%}
    )
{%- endmacro %}


{% macro grain_text(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- set text = "coalesce(cast(" ~ column ~ " as " ~ dbt.type_string() ~ "), '')" -%}
        {%- do parts.append("cast(length(" ~ text ~ ") as " ~ dbt.type_string() ~ "), ':', " ~ text) -%}
    {%- endfor -%}
    {% for some in parts | batch(30) %}{{ ' || ' if not loop.first }}concat({{ some | join(', ') }}){% endfor %}
{%- endmacro %}
