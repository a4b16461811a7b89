{# Usage dated before this is a broken clock: the start of the variable earliest_usage_date, in UTC. #}
{% macro earliest_moment() -%}
    cast('{{ var("earliest_usage_date") }}' as {{ dbt.type_timestamp() }})
{%- endmacro %}
