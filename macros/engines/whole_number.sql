{#
    The whole number that a text writes, with zeros behind the point or with an exponent or not; null for
    any other text, and for more than 18 digits, which a bigint may not hold.
#}
{% macro whole_number(text) %}
    {{- return(adapter.dispatch('whole_number', 'tokenmart')(text)) -}}
{% endmacro %}

{% macro default__whole_number(text) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{# No decimal type of DuckDB's holds every exponent, so the point is moved along the digits. #}
{% macro duckdb__whole_number(text) -%}
    {%- set decimals = "regexp_extract(" ~ text ~ ", '[.]([0-9]+)', 1)" -%}
    {%- set shift = "cast(regexp_extract(" ~ text ~ ", '[eE][+]?(.*)', 1) as integer) - length(" ~ decimals ~ ")" -%}
    {%- set dropped = "greatest(-(" ~ shift ~ "), 0)" -%}
    {%- set digits -%}
        repeat('0', {{ dropped }}) || regexp_extract({{ text }}, '[0-9]+') || {{ decimals }} || repeat('0', greatest({{ shift }}, 0))
    {%- endset -%}
    case
        when regexp_full_match({{ text }}, '-?[0-9]{1,18}([.]0+)?') then cast(split_part({{ text }}, '.', 1) as bigint)
        when length({{ text }}) <= 1000 and regexp_full_match({{ text }}, '-?[0-9]+([.][0-9]+)?[eE][-+]?0*[0-9]{1,3}')
            then list_transform(
                [{'whole': ltrim(left({{ digits }}, length({{ digits }}) - {{ dropped }}), '0'), 'fraction': ltrim(right({{ digits }}, {{ dropped }}), '0')}],
                lambda parts: case
                    when parts.fraction = '' and length(parts.whole) <= 18
                        then cast(case when starts_with({{ text }}, '-') then '-0' else '0' end || parts.whole as bigint)
                end
            )[1]
    end
{%- endmacro %}

{% macro postgres__whole_number(text) -%}
    {%- set number = "cast(" ~ text ~ " as numeric)" -%}
    case
        when {{ text }} ~ '^-?[0-9]{1,18}([.]0+)?$' then cast(split_part({{ text }}, '.', 1) as bigint)
        when length({{ text }}) <= 1000 and {{ text }} ~ '^-?[0-9]+([.][0-9]+)?[eE][-+]?0*[0-9]{1,3}$'
            then case when {{ number }} = trunc({{ number }}) and abs({{ number }}) < 1e18 then cast({{ number }} as bigint) end
    end
{%- endmacro %}
