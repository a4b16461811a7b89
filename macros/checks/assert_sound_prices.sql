{# Refuses to compute costs from price seeds that cannot be right, in sentences with their lines. #}
{% macro assert_sound_prices(problems) %}
    {% if execute and flags.WHICH in ['build', 'run'] %}
        {% set sentences = [] %}
        {% for row in run_query(
            "select seed, line_number, problem from " ~ problems ~ " order by seed, line_number, problem limit 21"
        ) %}
            {% do sentences.append("- seeds/" ~ row[0] ~ ".csv, line " ~ row[1] ~ ": " ~ row[2]) %}
        {% endfor %}
        {% if sentences %}
            {{ exceptions.raise_compiler_error(
                "The price seeds have errors, so no cost is computed:\n" ~ sentences[:20] | join("\n")
                ~ ("\n- and more" if sentences | length > 20)
                ~ "\n`tokenmart prices check` shows the same without a build. Correct them and build again; `dbt retry` does not reload seeds."
            ) }}
        {% endif %}
    {% endif %}
{% endmacro %}
