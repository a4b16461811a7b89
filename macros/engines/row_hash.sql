{#
    A 64-bit hash of a row, to find by it what has changed, or what may be the same. Two rows may share one by chance,
    and no two engines agree on it. Hashes may be summed.

    row: the alias of a relation, or columns in parentheses; negatives: columns of which the sign is looked at, too.
#}
{% macro row_hash(row, negatives=[]) %}
    {{- return(adapter.dispatch('row_hash', 'tokenmart')(row, negatives)) -}}
{% endmacro %}

{% macro default__row_hash(row, negatives) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__row_hash(row, negatives) -%}
    hash({{ row[1:-1] if row.startswith('(') else row }}{% for column in negatives %}, {{ row }}.{{ column }} < 0{% endfor %})
{%- endmacro %}

{#
    Postgres multiplies the hash of each column and adds them up. A sum over rows would stay the same when they swap
    the values of a column, so the hash is hashed again.
#}
{% macro postgres__row_hash(row, negatives) -%}
    hashtextextended(cast(hash_record_extended({{ 'row' if row.startswith('(') }}{{ row }}, 0) as text), 0)
{%- endmacro %}

{# The decimals of a relation that DuckDB keeps in 128 bits: it hashes the smallest number below zero as it hashes zero. #}
{% macro wide_decimals(relation) %}
    {% set wide = [] %}
    {% for name, type in (tokenmart.column_types(relation) if execute else {}).items() %}
        {% set digits = modules.re.match('(?i)decimal\\((\\d+)', type) %}
        {% if type | lower == 'hugeint' or digits and digits.group(1) | int > 18 %}
            {% do wide.append(adapter.quote(name)) %}
        {% endif %}
    {% endfor %}
    {{ return(wide) }}
{% endmacro %}
