{#
    The last value other than null that each column ever had, for the rows of which there are several
    versions: what a row said before a deleted parent blanked it.
#}
{% macro last_known(ledger, columns) %}
    select
        versions.source_instance,
        versions.row_key
        {%- for column in columns %},
        (array_agg(versions.{{ column }} order by versions.row_version desc) filter (where versions.{{ column }} is not null))[1]
            as {{ column }}
        {%- endfor %}
    from {{ ledger }} as versions
    inner join (
        select distinct
            source_instance,
            row_key
        from {{ ledger }}
        where row_version > 1
    ) as changed
        on
            versions.source_instance = changed.source_instance
            and versions.row_key = changed.row_key
    group by 1, 2
{%- endmacro %}
