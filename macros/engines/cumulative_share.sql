{#
    floor(quantity × elapsed / total) in whole numbers: how much of a quantity is used up when
    `elapsed` of `total` has passed. Differences of shares add up to the quantity exactly.

    Division drops the fraction, so a negative quantity is first moved down to its floor. A product that fits
    into a bigint, as nearly all do, is worked out in one: wider numbers take ten times as long. Whether it fits, a
    double tells far from where it would begin to be wrong, and without a division.
#}
{% macro cumulative_share(quantity, elapsed, total) %}
    {{- return(adapter.dispatch('cumulative_share', 'tokenmart')(quantity, elapsed, total)) -}}
{% endmacro %}

{% macro default__cumulative_share(quantity, elapsed, total) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__cumulative_share(quantity, elapsed, total) -%}
    {%- set below = 'case when ' ~ quantity ~ ' < 0 then ' ~ total ~ ' - 1 else 0 end' -%}
    case
        when cast({{ quantity }} as double) * {{ total }} between -4e18 and 4e18
            then ({{ quantity }} * {{ elapsed }} - {{ below }}) // {{ total }}
        else cast((cast({{ quantity }} as hugeint) * {{ elapsed }} - {{ below }}) // {{ total }} as bigint)
    end
{%- endmacro %}

{% macro postgres__cumulative_share(quantity, elapsed, total) -%}
    {%- set below = 'case when ' ~ quantity ~ ' < 0 then ' ~ total ~ ' - 1 else 0 end' -%}
    case
        when cast({{ quantity }} as double precision) * {{ total }} between -4e18 and 4e18
            then ({{ quantity }} * {{ elapsed }} - {{ below }}) / {{ total }}
        else cast(floor(div(cast({{ quantity }} as numeric) * {{ elapsed }} - {{ below }}, {{ total }})) as bigint)
    end
{%- endmacro %}
