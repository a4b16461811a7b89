{#
    A name in lower case and without blanks around it. lower() would treat letters beyond ASCII as the engine does, and so would trim()
    of no named character: DuckDB takes a no-break space for a blank. Names stand in every row, and translate() takes five to
    twenty times as long as lower(), so where the engine says what is ASCII, lower() does it.
#}
{% macro plain_name(name) %}
    {{- return(adapter.dispatch('plain_name', 'tokenmart')(name)) -}}
{% endmacro %}

{% macro default__plain_name(name) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{# As many bytes as letters. #}
{% macro duckdb__plain_name(name) -%}
    case
        when strlen({{ name }}) = length({{ name }}) then trim(lower({{ name }}), ' ')
        else trim(translate({{ name }}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'), ' ')
    end
{%- endmacro %}

{# The collation C knows no other letters. #}
{% macro postgres__plain_name(name) -%}
    trim(lower(({{ name }}) collate "C") collate "default", ' ')
{%- endmacro %}
