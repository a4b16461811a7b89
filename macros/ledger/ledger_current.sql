{#
    The latest version of every key of a ledger, as a select that ends in its where clause.
    Superseded versions are found from the few second and later versions, not by sorting all of them.
#}
{% macro ledger_current(ledger) -%}
    select versions.*
    from {{ ledger }} as versions
    where
        not exists (
            select 1
            from {{ ledger }} as newer
            where
                newer.row_version > 1
                and newer.source_instance = versions.source_instance
                and newer.row_key = versions.row_key
                and newer.row_version = versions.row_version + 1
        )
{%- endmacro %}
