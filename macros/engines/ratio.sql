{#
    A quotient of two numbers with at most six decimals as decimal(28, 6), half away from zero; null over zero.
    DuckDB divides decimals into doubles, and Postgres to sixteen digits, so both divide whole millionths.
#}
{% macro ratio(numerator, denominator) %}
    {{- return(adapter.dispatch('ratio', 'tokenmart')(numerator, denominator)) -}}
{% endmacro %}

{% macro default__ratio(numerator, denominator) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__ratio(numerator, denominator) -%}
    {%- set numerator = "cast(cast(" ~ numerator ~ " as decimal(38, 6)) * 1000000 as hugeint)" -%}
    {%- set denominator = "cast(cast(" ~ denominator ~ " as decimal(38, 6)) * 1000000 as hugeint)" -%}
    cast(
        sign({{ numerator }}) * sign({{ denominator }})
        * ((2000000 * abs({{ numerator }}) + abs({{ denominator }})) // nullif(2 * abs({{ denominator }}), 0))
        * cast(0.000001 as decimal(6, 6))
        as decimal(28, 6)
    )
{%- endmacro %}

{% macro postgres__ratio(numerator, denominator) -%}
    {%- set numerator = "cast(" ~ numerator ~ " as numeric)" -%}
    {%- set denominator = "cast(" ~ denominator ~ " as numeric)" -%}
    cast(
        sign({{ numerator }}) * sign({{ denominator }})
        * div(2000000 * abs({{ numerator }}) + abs({{ denominator }}), nullif(2 * abs({{ denominator }}), 0)) * 0.000001
        as numeric(28, 6)
    )
{%- endmacro %}
