{#
    Refuses to build a table whole from a part of the days. Its days are all there if it is missing, or if
    --full-refresh reached int_<source>_days too.
#}
{% macro assert_whole(days, ledger) %}
    {% if execute and not is_incremental() and flags.WHICH in ['build', 'run'] %}
        {% set missing = run_query(
            "select 1 from " ~ ledger ~ " as ledger left join " ~ days ~ " as days"
            ~ " on ledger.source_instance = days.source_instance and ledger.usage_date_utc = days.usage_date_utc and days.is_touched"
            ~ " where ledger.usage_date_utc is not null and days.usage_date_utc is null limit 1"
        ) %}
        {% if missing | length > 0 %}
            {{ exceptions.raise_compiler_error(
                this.identifier ~ " cannot be built whole from the days that this run has touched. "
                ~ "Build the models before it too: without --select, or with a + before the model, and with --full-refresh."
            ) }}
        {% endif %}
    {% endif %}
{% endmacro %}
