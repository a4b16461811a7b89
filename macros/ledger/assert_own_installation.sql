{#
    Refuses to compare the ledger with the staged rows of another installation: staging views that
    were built for it would make every row of this one look deleted.
#}
{% macro assert_own_installation(staged) %}
    {% set others = run_query(
        "select source_instance from " ~ staged ~ " where source_instance is null or source_instance <> "
        ~ tokenmart.literal(var('source_instance')) ~ " limit 1"
    ) %}
    {% if others | length > 0 %}
        {{ exceptions.raise_compiler_error(
            staged.identifier ~ " was built for the installation '" ~ others[0][0] ~ "' and not for '"
            ~ var('source_instance') ~ "'. Build the staging models too: without --select, or with a + before the model. A staging model "
            ~ "of your own gives source_instance the variable's value."
        ) }}
    {% endif %}
{% endmacro %}
