{# Refuses values that a variable cannot have, in sentences and all at once, before anything is computed with them. #}
{% macro assert_values() %}
    {% set variables = tokenmart.variables() %}
    {% set problems = [] %}
    {% for name, rule in variables.items() %}
        {% set value = var(name, false) if name == 'reset_ledger' else var(name) %}
        {% set problem = tokenmart.value_problem(value, rule) %}
        {% if problem %}
            {% do problems.append(name ~ " " ~ problem ~ "; it is '" ~ value ~ "'.") %}
        {% endif %}
    {% endfor %}
    {% if not problems and var('start_date') and var('end_date') and var('start_date') | string > var('end_date') | string %}
        {% do problems.append("start_date " ~ var('start_date') ~ " is after end_date " ~ var('end_date') ~ ".") %}
    {% endif %}
    {% do problems.extend(tokenmart.cost_basis_problems()) %}
    {% do problems.extend(tokenmart.observed_through_problems()) %}
    {% do problems.extend(tokenmart.loader_tables_problems()) %}
    {% do problems.extend(tokenmart.misspelt_variables(variables)) %}
    {% if problems %}
        {{ exceptions.raise_compiler_error("The variable " ~ problems | join("\nThe variable ")) }}
    {% endif %}
{% endmacro %}


{#
    Variables of the command line that are none of ours, and nearly are: a letter or two more, fewer or other ones. Others may be
    another package's. What dbt_project.yml holds, dbt does not show; tokenmart/variables.py looks at it.
#}
{% macro misspelt_variables(variables) %}
    {% set problems = [] %}
    {% set given = invocation_args_dict.get('vars', {}) %}
    {% for name in given if given is mapping and name not in variables %}
        {% for known in variables if known not in given %}
            {% set alike = namespace(first=0, last=0) %}
            {% set shorter = [name | length, known | length] | min %}
            {% for _ in range(shorter) if name[:alike.first + 1] == known[:alike.first + 1] %}
                {% set alike.first = alike.first + 1 %}
            {% endfor %}
            {% for _ in range(shorter - alike.first) if name[-alike.last - 1:] == known[-alike.last - 1:] %}
                {% set alike.last = alike.last + 1 %}
            {% endfor %}
            {% if alike.first + alike.last >= [name | length, known | length] | max - 2 %}
                {% do problems.append(name ~ " is not known. Is it " ~ known ~ "?") %}
            {% endif %}
        {% endfor %}
    {% endfor %}
    {{ return(problems) }}
{% endmacro %}
