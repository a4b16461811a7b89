{# True if there are bills, and usage that they can be of. #}
{% macro has_bills() %}
    {# the first to ask, while the project is parsed #}
    {% do tokenmart.assert_sources_enabled() %}
    {{ return('billing' in var('sources_enabled') and 'provider' in var('sources_enabled')) }}
{% endmacro %}
