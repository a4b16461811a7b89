{# The nearest-rank percentile of the values that are not null: one of the values, never a blend. Not in its one caller: test_engine_traps holds the engines to one answer. #}
{% macro nearest_rank(share, value) -%}
    percentile_disc({{ share }}) within group (order by {{ value }})
{%- endmacro %}
