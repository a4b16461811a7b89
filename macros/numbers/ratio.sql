{# A quotient of two whole or decimal numbers as decimal(28, 6), half away from zero; null over zero. #}
{% macro ratio(numerator, denominator) %}
    {{- return(adapter.dispatch('ratio', 'tokenmart')(numerator, denominator)) -}}
{% endmacro %}

{% macro default__ratio(numerator, denominator) -%}
    cast(round(cast({{ numerator }} as numeric) / nullif({{ denominator }}, 0), 6) as numeric(28, 6))
{%- endmacro %}

{# DuckDB divides decimals into doubles, so the division is done in whole millionths. #}
{% macro duckdb__ratio(numerator, denominator) -%}
    cast(
        sign({{ numerator }}) * sign({{ denominator }})
        * ((2 * cast(abs({{ numerator }}) * 1000000 as hugeint) + abs({{ denominator }})) // nullif(2 * abs({{ denominator }}), 0))
        * cast(0.000001 as decimal(6, 6))
        as decimal(28, 6)
    )
{%- endmacro %}
