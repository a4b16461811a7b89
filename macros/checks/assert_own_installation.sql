{#
    Refuses to compare the ledger with the staged rows of another installation: with staging views that were built for it, which
    would make every row of this one look deleted, and, when an installation is observed for the first time, with rows that the ledger
    knows under another name: they would count twice.
#}
{% macro assert_own_installation(staged, key, is_usage) %}
    {% set own = tokenmart.literal(var('source_instance')) %}
    {% set found = run_query(
        "select (select min(coalesce(source_instance, '')) from " ~ staged ~ " where source_instance is null or source_instance <> " ~ own ~ ")"
        ~ (
            ", (select min(source_instance) from " ~ this ~ " where not exists (select 1 from " ~ this ~ " where source_instance = " ~ own ~ "))"
            if is_usage and is_incremental() else ", null"
        )
    ).rows[0] %}
    {% if found[0] is not none %}
        {{ exceptions.raise_compiler_error(
            staged.identifier ~ " was built for the installation '" ~ found[0] ~ "', not for '"
            ~ var('source_instance') ~ "'. Build the staging models too: without --select, or with a + before the model. A staging model "
            ~ "of your own must set source_instance to the variable's value."
        ) }}
    {% elif found[1] is not none and not var('allow_copied_installation') %}
        {% do tokenmart.assert_not_renamed(staged, key) %}
    {% endif %}
{% endmacro %}


{# Refuses a first observation if more than half of its rows have the key and the moments of a row of another installation. #}
{% macro assert_not_renamed(staged, key) %}
    {% set same_moments = [] %}
    {% for moment in tokenmart.moments(model) if moment in tokenmart.column_types(this) %}
        {% do same_moments.append(" and known." ~ moment ~ " is not distinct from staged." ~ moment) %}
    {% endfor %}
    {% set copies = run_query(
        "select known.source_instance, count(*), (select count(*) from " ~ staged ~ ")"
        ~ " from " ~ tokenmart.staged_rows(staged) ~ " as staged"
        ~ " inner join " ~ this ~ " as known on known.row_version = 1 and known.row_key = " ~ tokenmart.source_key(key)
        ~ same_moments | join
        ~ " group by 1 order by 2 desc, 1 limit 1"
    ) %}
    {% for row in copies.rows if 2 * row[1] > row[2] %}
        {{ exceptions.raise_compiler_error(
            row[1] ~ " of the " ~ row[2] ~ " rows of " ~ this.identifier | replace('ledger_', '') ~ " are already recorded for the installation '"
            ~ row[0] ~ "'; under the name '" ~ var('source_instance') ~ "' they would be counted twice. If the installation was only renamed, keep its old name"
            ~ " (source_instance: " ~ row[0] ~ "). If one began as a copy of the other, set"
            ~ " allow_copied_installation: true for this build."
        ) }}
    {% endfor %}
{% endmacro %}
