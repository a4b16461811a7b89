{#
    What is conserved (rows, tokens, recorded dollars), summed for each outcome of a row. The figures have the
    columns outcome, row_count, tokens and recorded_cost_usd; outcome is in, counted, excluded or quarantined.
#}
{% macro sum_conserved() -%}
    {%- set outcomes = ['in', 'counted', 'excluded', 'quarantined'] -%}
    {%- for outcome in outcomes -%}
        cast(sum(case when outcome = '{{ outcome }}' then row_count else 0 end) as {{ dbt.type_bigint() }}) as rows_{{ outcome }},
    {% endfor -%}
    {%- for outcome in outcomes -%}
        cast(sum(case when outcome = '{{ outcome }}' then tokens else 0 end) as decimal(38, 0)) as tokens_{{ outcome }},
    {% endfor -%}
    {%- for outcome in outcomes -%}
        cast(sum(case when outcome = '{{ outcome }}' then recorded_cost_usd else 0 end) as {{ dbt.type_numeric() }}) as recorded_cost_usd_{{ outcome }}
        {{- ',' if not loop.last }}
    {% endfor -%}
{%- endmacro %}
