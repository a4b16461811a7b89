{#
    The latest version of every parent of a ledger, one row an id: a parent without an id, or the
    second row of an id that stands twice in the source, would widen the joins of its children.
#}
{% macro ledger_entities(ledger, id) -%}
    {{ tokenmart.ledger_current(ledger) }}
        and versions.occurrence = 1
        and versions.{{ id }} is not null
{%- endmacro %}
