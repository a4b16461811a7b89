{# A text as a field of a CSV file, in quotes where it needs them. #}
{% macro csv_field(text) -%}
    case
        when regexp_replace({{ text }}, '[,"\r\n]', '', 'g') = {{ text }} then {{ text }}
        else '"' || replace({{ text }}, '"', '""') || '"'
    end
{%- endmacro %}
