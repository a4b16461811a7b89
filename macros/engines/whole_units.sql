{#
    An amount of dollars in whole units of 10^-places, at most 12, as a bigint; half a unit is rounded away from zero.

    DuckDB divides numbers of 128 bits thirty times as slowly as doubles. An amount below 500 dollars is the same number in
    trillionths as a double and as a decimal, so only a larger one is worked out the long way.
#}
{% macro whole_units(amount, places) %}
    {{- return(adapter.dispatch('whole_units', 'tokenmart')(amount, places)) -}}
{% endmacro %}

{% macro default__whole_units(amount, places) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__whole_units(amount, places) -%}
    {%- set unit = 10 ** (12 - places) -%}
    case
        when {{ amount }} between -500 and 500
            then
                (
                    cast(cast({{ amount }} as double) * 1e12 as bigint)
                    + case when {{ amount }} < 0 then -{{ unit // 2 }} else {{ unit // 2 }} end
                ) // {{ unit }}
        else cast(round(cast({{ amount }} as {{ tokenmart.type_money() }}) * {{ 10 ** places }}, 0) as bigint)
    end
{%- endmacro %}

{% macro postgres__whole_units(amount, places) -%}
    cast(round({{ amount }} * {{ 10 ** places }}, 0) as bigint)
{%- endmacro %}
