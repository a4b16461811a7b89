{#
    The columns of a staging model, each with the alias in front.
    kept_in: a table that may lack some of them because it is older; they read as null.
    Before the staging model was ever built (dbt compile on an empty database) there is only `*`.
#}
{% macro columns_of(staged, alias, kept_in=none) %}
    {%- set relation = load_relation(staged) -%}
    {%- if relation is none -%}
        {{ alias }}.*
    {%- else -%}
        {%- set older = tokenmart.column_types(kept_in) if kept_in else none -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- if older is none or column.name | lower in older -%}
                {{ alias }}.{{ adapter.quote(column.name) }}
            {%- else -%}
                cast(null as {{ column.data_type }}) as {{ adapter.quote(column.name) }}
            {%- endif -%}
            {{ ',\n        ' if not loop.last }}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
