{#
    What is wrong with the variable cost_basis, in sentences. The estimate of the provider's application is never a
    cost that counts; and a bill counts first or not at all, or the costs would not add up to it.
#}
{% macro cost_basis_problems() %}
    {% set known = {
        'provider': ['billed', 'contracted', 'list'],
        'agents': ['recorded', 'contracted', 'list'],
        'voice': ['contracted', 'list'],
    } %}
    {% set problems = [] %}
    {% if var('cost_basis') is not mapping %}
        {{ return(["cost_basis must be like {provider: [billed, contracted]}; it is '" ~ var('cost_basis') ~ "'."]) }}
    {% endif %}
    {% for source, ladder in var('cost_basis').items() %}
        {% if source not in known %}
            {% do problems.append("cost_basis names the unknown source '" ~ source ~ "'. Known are: " ~ known | join(', ') ~ ".") %}
        {% elif ladder is string or ladder is mapping or ladder is not sequence or not ladder or ladder | reject('in', known[source]) | list
            or ladder | unique | list | length < ladder | length %}
            {% do problems.append(
                "cost_basis must list, for " ~ source ~ ", one or more of " ~ known[source] | join(', ') ~ ", each once; it is '" ~ ladder ~ "'."
            ) %}
        {% elif 'billed' in ladder[1:] %}
            {% do problems.append("cost_basis must list billed first, for " ~ source ~ ", or not at all; it is '" ~ ladder ~ "'.") %}
        {% endif %}
    {% endfor %}
    {{ return(problems) }}
{% endmacro %}
