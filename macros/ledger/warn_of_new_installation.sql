{# Says what the first build of an installation means in a warehouse that knows others: under another name the same rows count again. #}
{% macro warn_of_new_installation(ledgers) %}
    {% set others = run_query(
        "select distinct source_instance from (select source_instance from " ~ ledgers | join(" union all select source_instance from ")
        ~ ") as known order by 1"
    ).columns[0].values() %}
    {% if others %}
        {% do exceptions.warn(
            "This is the first build of the installation '" ~ var('source_instance') ~ "', beside '" ~ others | join("', '") ~ "'. If it is one of"
            ~ " these under another name, all of it counts twice from now on: take the old name again; README.md says how to forget this one."
        ) %}
    {% endif %}
{% endmacro %}
