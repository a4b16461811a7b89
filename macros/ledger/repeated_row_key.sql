{# The row key within a repeated key. If the first row goes, the next one takes its key over. #}
{% macro repeated_row_key() -%}
    case
            when occurrence = 1 then source_key
            else source_key || '#' || cast(occurrence as {{ dbt.type_string() }})
        end
{%- endmacro %}
