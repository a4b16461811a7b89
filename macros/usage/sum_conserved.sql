{#
    What is conserved (rows, tokens, recorded dollars), summed for each fate of a row. The figures have the
    columns fate, row_count, tokens and recorded_cost_usd; fate is in, counted, excluded or quarantined.
#}
{% macro sum_conserved() -%}
    {%- set fates = ['in', 'counted', 'excluded', 'quarantined'] -%}
    {%- for fate in fates -%}
        cast(sum(case when fate = '{{ fate }}' then row_count else 0 end) as {{ dbt.type_bigint() }}) as rows_{{ fate }},
    {% endfor -%}
    {%- for fate in fates -%}
        cast(sum(case when fate = '{{ fate }}' then tokens else 0 end) as decimal(38, 0)) as tokens_{{ fate }},
    {% endfor -%}
    {%- for fate in fates -%}
        cast(sum(case when fate = '{{ fate }}' then recorded_cost_usd else 0 end) as {{ dbt.type_numeric() }}) as recorded_cost_usd_{{ fate }}
        {{- ',' if not loop.last }}
    {% endfor -%}
{%- endmacro %}
