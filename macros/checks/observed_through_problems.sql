{# What is wrong with the variable observed_through, in sentences. #}
{% macro observed_through_problems() %}
    {% set rules = var('observed_through') %}
    {% set sources = ['provider', 'agents', 'voice'] %}
    {% set problems = [] %}
    {% if rules is string or rules is mapping or rules is not sequence %}
        {{ return(["observed_through must be a list, such as [{source: voice, through: provider}]; it is '" ~ rules ~ "'."]) }}
    {% endif %}
    {% for rule in rules %}
        {% set must = "observed_through must say, in each entry, source and through (of provider, agents, voice, and not the same)"
            ~ ", and for the provider project_id or openai_api_key_id if it is not all of it; one is '" ~ rule ~ "'." %}
        {% if rule is not mapping or rule.get('source') not in sources or rule.get('through') not in sources
            or rule.source == rule.through
            or rule.keys() | reject('in', ['source', 'through', 'project_id', 'openai_api_key_id']) | list
            or [rule.get('project_id', ''), rule.get('openai_api_key_id', '')] | reject('string') | list
            or (rule.source != 'provider' and (rule.get('project_id') or rule.get('openai_api_key_id'))) %}
            {% do problems.append(must) %}
        {% elif rule.through not in var('sources_enabled') %}
            {% do problems.append("observed_through says that " ~ rule.source ~ " is observed through " ~ rule.through ~ ", which is not enabled: it would not be counted at all.") %}
        {% endif %}
    {% endfor %}
    {# from every source as far as its observers reach #}
    {% if not problems %}
        {% set reached = namespace(sources=[]) %}
        {% for source in sources %}
            {% set reached.sources = [source] %}
            {% for _ in sources %}
                {% set reached.sources = rules | selectattr('source', 'in', reached.sources) | map(attribute='through') | list %}
                {% if source in reached.sources and not problems %}
                    {% do problems.append(
                        "observed_through leads from " ~ source ~ " back to itself: nothing would be counted. Its entries are: " ~ rules | join(', ') ~ "."
                    ) %}
                {% endif %}
            {% endfor %}
        {% endfor %}
    {% endif %}
    {{ return(problems) }}
{% endmacro %}
