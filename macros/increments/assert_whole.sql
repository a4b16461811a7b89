{# Refuses to build a table whole from a part of the days. #}
{% macro assert_whole(days, ledger) %}
    {% do tokenmart.assert_nothing_missing(
        "select 1 from " ~ ledger ~ " as ledger left join " ~ days ~ " as days"
        ~ " on ledger.source_instance = days.source_instance and ledger.usage_date_utc = days.usage_date_utc and days.is_touched"
        ~ " where ledger.usage_date_utc is not null and days.usage_date_utc is null limit 1"
    ) %}
{% endmacro %}


{# Refuses to build a table whole from a part of the rows. #}
{% macro assert_whole_rows(changes, ledger) %}
    {% do tokenmart.assert_nothing_missing(
        "select 1 from " ~ ledger ~ " as ledger left join " ~ changes ~ " as changes"
        ~ " on ledger.source_instance = changes.source_instance and ledger.row_key = changes.row_key"
        ~ " where changes.row_key is null limit 1"
    ) %}
{% endmacro %}


{% macro assert_nothing_missing(query) %}
    {% if execute and not is_incremental() and flags.WHICH in ['build', 'run'] %}
        {% if run_query(query) | length > 0 %}
            {{ exceptions.raise_compiler_error(
                this.identifier ~ " cannot be built whole from the part that this run has touched. "
                ~ "Build the models before it too, with --full-refresh: without --select, or with a + before the model."
            ) }}
        {% endif %}
    {% endif %}
{% endmacro %}
