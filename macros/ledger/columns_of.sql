{#
    The staged columns of the ledger model that is being built, each with the alias in front.
    kept_in: a table that may lack some of them because it is older; they read as null.
#}
{% macro columns_of(alias, kept_in=none) %}
    {%- set older = tokenmart.column_types(kept_in) if kept_in else none -%}
    {%- for column in tokenmart.staged_columns() -%}
        {%- if older is none or column.name in older -%}
            {{ alias }}.{{ adapter.quote(column.name) }}
        {%- else -%}
            cast(null as {{ column.data_type }}) as {{ adapter.quote(column.name) }}
        {%- endif -%}
        {{ ',\n        ' if not loop.last }}
    {%- else -%}
        {{ alias }}.*
    {%- endfor -%}
{% endmacro %}
