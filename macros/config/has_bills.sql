{# True if there are bills, and usage that they can be of. #}
{% macro has_bills() %}
    {{ return('billing' in var('sources_enabled') and 'provider' in var('sources_enabled')) }}
{% endmacro %}
