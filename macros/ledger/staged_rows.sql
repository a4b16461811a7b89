{#
    The staging model's rows in the columns and types that the ledger keeps, so that a staging model
    of another project's making gives the same ledger.
#}
{% macro staged_rows(staged) %}
    {%- set actual = tokenmart.column_types(staged) if execute else {} -%}
    {%- if not actual -%}
        {{ staged }}
    {%- else -%}
        (
            select
            {%- for column in tokenmart.staged_columns() %}
                {{ tokenmart.source_column(column, actual) }} as {{ column.quoted }}{{ ',' if not loop.last }}
            {%- endfor %}
            from {{ staged }}
        )
    {%- endif -%}
{% endmacro %}
