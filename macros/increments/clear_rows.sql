{# Removes what a table says of the rows that are about to be judged anew. #}
{% macro clear_rows(table, changes) %}
    {% if is_incremental() %}
    delete from {{ table }}
    where exists (
        select 1
        from {{ changes }} as changes
        where
            changes.source_instance = {{ table }}.source_instance
            and changes.row_key = {{ table }}.row_key
    )
    {% endif %}
{% endmacro %}
