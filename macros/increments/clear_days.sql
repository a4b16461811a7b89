{#
    Removes what a table says of the days that are about to be counted anew. A day on which nothing is
    left to count leaves no ghost. A table that is built whole must get every day of the ledger, if one is named.
#}
{% macro clear_days(table, days, ledger=none, day='usage_date_utc') %}
    {% if is_incremental() %}
    delete from {{ table }}
    where exists (
        select 1
        from {{ days }} as days
        where
            days.is_whole
            or days.is_touched
            and days.source_instance = {{ table }}.source_instance
            and days.counted_date = {{ table }}.{{ day }}
    )
    {% elif ledger %}
        {% do tokenmart.assert_nothing_missing(
            "select 1 from " ~ ledger ~ " as ledger left join " ~ days ~ " as days"
            ~ " on ledger.source_instance = days.source_instance and ledger.usage_date_utc = days.counted_date and days.is_touched"
            ~ " where ledger.usage_date_utc is not null and days.counted_date is null limit 1"
        ) %}
    {% endif %}
{% endmacro %}
