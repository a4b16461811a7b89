{# The row key within a repeated key. If the first row goes, the next one takes its key over. #}
{% macro repeated_row_key() -%}
    case
            when occurrence = 1 then source_key
            else source_key || '#' || cast(occurrence as {{ dbt.type_string() }})
        end
{%- endmacro %}


{# An order of rows by what they hold, the same on every engine. A null is not '', as it is in a grain. #}
{% macro content_order(columns) -%}
    {{ tokenmart.grain_key(columns) }},
            {% for column in columns %}case when {{ column }} is null then '-' else '+' end{{ ' || ' if not loop.last }}{% endfor %}
{%- endmacro %}
