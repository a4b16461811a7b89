{#
    The role may read the sources and write the target schemas; what it lacks is named all at once,
    with the statements that cure it.
#}
{% macro assert_privileges(existing={}) %}
    {% set missing = tokenmart.missing_privileges(existing) %}
    {% if missing %}
        {{ exceptions.raise_compiler_error(
            "The role " ~ target.user ~ " lacks privileges. Let an owner or administrator run:\n" ~ missing | join("\n")
        ) }}
    {% endif %}
{% endmacro %}
