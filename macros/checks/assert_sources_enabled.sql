{# The variable sources_enabled names known sources, one of which reports usage. #}
{% macro assert_sources_enabled() %}
    {% set known = ['provider', 'agents', 'voice', 'billing'] %}
    {% set enabled = var('sources_enabled') %}
    {% if enabled is string or enabled is mapping or enabled is not iterable %}
        {{ exceptions.raise_compiler_error(
            "The variable sources_enabled must be a list, such as [provider, voice]; it is '" ~ enabled ~ "'."
        ) }}
    {% endif %}
    {% for name in enabled if name not in known %}
        {{ exceptions.raise_compiler_error(
            "The variable sources_enabled names the unknown source '" ~ name ~ "'. Known are: " ~ known | join(', ') ~ "."
        ) }}
    {% endfor %}
    {% if not (tokenmart.usage_sources()) %}
        {{ exceptions.raise_compiler_error(
            "The variable sources_enabled names no source of usage. Enable at least one of provider, agents, voice."
        ) }}
    {% endif %}
{% endmacro %}
