{# The first row of a repeated key has the key itself, so that it stays the same row if the others go. #}
{% macro repeated_row_key() -%}
    case
            when occurrence = 1 then source_key
            else source_key || '#' || cast(occurrence as {{ dbt.type_string() }})
        end
{%- endmacro %}
