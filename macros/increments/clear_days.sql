{#
    Removes what a table says of the days that are about to be counted anew. A day on which nothing is
    left to count leaves no ghost.
#}
{% macro clear_days(table, days, day='usage_date_utc', days_day='usage_date_utc') %}
    {% if is_incremental() %}
    delete from {{ table }}
    where exists (
        select 1
        from {{ days }} as days
        where
            days.is_touched
            and days.source_instance = {{ table }}.source_instance
            and days.{{ days_day }} = {{ table }}.{{ day }}
    )
    {% endif %}
{% endmacro %}
