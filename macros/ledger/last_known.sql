{#
    The last value that each column ever had, of the rows of which there are several versions: what a row said before
    a deleted parent blanked it. A '' says nothing, as a null does. For usage that names its parent itself, as agents and voice do;
    what a parent was on a day, deleted since or not, is in ledger_history.

    within: a column that must be what it was; a key that is used again for another tenant's usage brings no owner along.
#}
{% macro last_known(ledger, columns, within=none) %}
    select
        versions.source_instance,
        versions.row_key
        {%- if within %},
        versions.{{ within }}
        {%- endif %}
        {%- for column in columns %},
        (array_agg(versions.{{ column }} order by versions.row_version desc) filter (where versions.{{ column }} <> ''))[1]
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
    group by 1, 2{{ ', 3' if within }}
{%- endmacro %}
