{# Refuses to build a table whole from the part of the ledger that a run has touched. #}
{% macro assert_nothing_missing(query) %}
    {% if execute and run_query(query) | length > 0 %}
        {{ exceptions.raise_compiler_error(
            this.identifier ~ " cannot be built whole from the part that this run has touched. "
            ~ "Build the models before it too, with --full-refresh: without --select, or with a + before the model."
        ) }}
    {% endif %}
{% endmacro %}
