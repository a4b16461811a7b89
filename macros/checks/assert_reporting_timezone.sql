{# The variable reporting_timezone is a zone that the warehouse knows. #}
{% macro assert_reporting_timezone() %}
    {% set zone = var('reporting_timezone') %}
    {% set known = run_query(tokenmart.timezone_lookup(zone)) %}
    {% if known | length == 0 %}
        {{ exceptions.raise_compiler_error(
            "The variable reporting_timezone is '" ~ zone ~ "', which is not a time zone that the warehouse knows. "
            ~ "Use an IANA name such as Europe/Berlin."
        ) }}
    {% endif %}
{% endmacro %}
