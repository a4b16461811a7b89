{# The enabled sources that report usage, in the order in which they are listed everywhere. #}
{% macro usage_sources() %}
    {% set enabled = [] %}
    {% for name in ['provider', 'agents', 'voice'] if name in var('sources_enabled') %}
        {% do enabled.append(name) %}
    {% endfor %}
    {{ return(enabled) }}
{% endmacro %}
