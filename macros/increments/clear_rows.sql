{#
    Removes what a table says of the rows that are about to be judged anew. A table that is built whole
    must get every row of the ledger.
#}
{% macro clear_rows(table, changes, ledger) %}
    {% if is_incremental() %}
    delete from {{ table }}
    where exists (
        select 1
        from {{ changes }} as changes
        where
            changes.is_whole
            or changes.source_instance = {{ table }}.source_instance
            and changes.row_key = {{ table }}.row_key
    )
    {% else %}
    {{ tokenmart.assert_all_rows(changes, ledger) }}
    {% endif %}
{% endmacro %}


{# Refuses to build a table whole if a row of the ledger is not among the changes. #}
{% macro assert_all_rows(changes, ledger) %}
    {% if not is_incremental() %}
        {% do tokenmart.assert_nothing_missing(
            "select 1 from " ~ ledger ~ " as ledger left join " ~ changes ~ " as changes"
            ~ " on ledger.source_instance = changes.source_instance and ledger.row_key = changes.row_key"
            ~ " where changes.row_key is null limit 1"
        ) %}
    {% endif %}
{% endmacro %}
