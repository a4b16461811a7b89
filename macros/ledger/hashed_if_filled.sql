{#
    The columns of the ledger that is being built that enter the hash of a row only where one of them is filled, so that a
    ledger of an earlier version does not see a change in each of its rows.
#}
{% macro hashed_if_filled() %}
    {{ return((model.config.meta or {}).get('hashed_if_filled', []) if tokenmart.staged_columns() else []) }}
{% endmacro %}


{% macro fills_none(alias) -%}
    {%- for name in tokenmart.hashed_if_filled() -%}
        {{ ' and ' if not loop.first }}{{ alias }}.{{ adapter.quote(name) }} is null
    {%- endfor -%}
{%- endmacro %}


{% macro columns_hashed_before(alias) -%}
    {%- for column in tokenmart.staged_columns() if column.name not in tokenmart.hashed_if_filled() -%}
        {{ ', ' if not loop.first }}{{ alias }}.{{ column.quoted }}
    {%- endfor -%}
{%- endmacro %}
