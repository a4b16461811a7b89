{#
    The latest version of every key of a ledger, as a select that ends in its where clause.
    Superseded versions are found from the few second and later versions, not by sorting all of them.
    columns: those that are needed, for a comparison that must not carry millions of whole rows.
    only: a condition on the rows, if the engine is to pass over the others before it looks for newer versions.
#}
{% macro ledger_current(ledger, columns=['*'], only=none) -%}
    select
        {%- for column in columns %}
        versions.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ '(select * from ' ~ ledger ~ ' as versions where ' ~ only ~ ')' if only else ledger }} as versions
    left join (
        select
            source_instance,
            row_key,
            row_version - 1 as superseded_version
        from {{ ledger }}
        where row_version > 1
    ) as newer
        on
            versions.source_instance = newer.source_instance
            and versions.row_key = newer.row_key
            and versions.row_version = newer.superseded_version
    where
        newer.row_key is null
{%- endmacro %}
