{#
    A 64-bit hash of a row, to find by it what has changed, or what may be the same. Two rows may share one by chance,
    and no two engines agree on it.

    row: the alias of a relation, or columns in parentheses.
#}
{% macro row_hash(row) %}
    {{- return(adapter.dispatch('row_hash', 'tokenmart')(row)) -}}
{% endmacro %}

{% macro default__row_hash(row) -%}
    hash{{ row if row.startswith('(') else '(' ~ row ~ ')' }}
{%- endmacro %}

{% macro postgres__row_hash(row) -%}
    hash_record_extended({{ 'row' if row.startswith('(') }}{{ row }}, 0)
{%- endmacro %}
