{# The key of a staged row as text: a '#' of its own is doubled, so that it is no mark of a second row. #}
{% macro source_key(key) -%}
    {%- if key | length == 1 -%}
        {{ dbt.replace("coalesce(cast(staged." ~ key[0] ~ " as " ~ dbt.type_string() ~ "), '')", "'#'", "'##'") }}
    {%- else -%}
        {{ tokenmart.grain_key(key) }}
    {%- endif -%}
{%- endmacro %}
