{#
    floor(quantity × elapsed / total) in whole numbers: how much of a quantity is used up when
    `elapsed` of `total` has passed. Differences of shares add up to the quantity exactly.
#}
{% macro cumulative_share(quantity, elapsed, total) %}
    {{- return(adapter.dispatch('cumulative_share', 'tokenmart')(quantity, elapsed, total)) -}}
{% endmacro %}

{% macro default__cumulative_share(quantity, elapsed, total) -%}
    cast(floor(div(cast({{ quantity }} as numeric) * {{ elapsed }} - case when {{ quantity }} < 0 then {{ total }} - 1 else 0 end, {{ total }})) as bigint)
{%- endmacro %}

{# Integer division drops the fraction, so a negative quantity is first moved down to its floor. #}
{% macro duckdb__cumulative_share(quantity, elapsed, total) -%}
    cast((cast({{ quantity }} as hugeint) * {{ elapsed }} - case when {{ quantity }} < 0 then {{ total }} - 1 else 0 end) // {{ total }} as bigint)
{%- endmacro %}
