{# The three figures that are conserved (rows, tokens, recorded dollars), summed for each fate of a row. #}
{% macro sum_conserved() -%}
    {%- for fate in ['in', 'counted', 'quarantined'] -%}
        cast(sum(rows_{{ fate }}) as {{ dbt.type_bigint() }}) as rows_{{ fate }},
    {% endfor -%}
    {%- for fate in ['in', 'counted', 'quarantined'] -%}
        cast(sum(tokens_{{ fate }}) as decimal(38, 0)) as tokens_{{ fate }},
    {% endfor -%}
    {%- for fate in ['in', 'counted', 'quarantined'] -%}
        cast(sum(recorded_cost_usd_{{ fate }}) as {{ dbt.type_numeric() }}) as recorded_cost_usd_{{ fate }}{{ ',' if not loop.last }}
    {% endfor -%}
{%- endmacro %}
