{#
    The day by which a ledger and its source are compared before rows are: the UTC day of usage, or that of the columns
    which the ledger's YAML names in compared_by. A row without one has a day that no other row has.
#}
{% macro compared_day(prefix) -%}
    coalesce({{ tokenmart.day_of(tokenmart.day_columns(model), prefix) }}, {{ tokenmart.no_day() }})
{%- endmacro %}


{% macro day_columns(node) %}
    {{ return(tokenmart.moments(node) or (node.config.meta or {}).get('compared_by', [])) }}
{% endmacro %}


{# Whether the ledger that is being built compares days first: a large one, if it has been built before with such a column. #}
{% macro compares_days() %}
    {% if not is_incremental() or not tokenmart.day_columns(model) %}
        {{ return(false) }}
    {% endif %}
    {{ return(tokenmart.day_columns(model) | reject('in', tokenmart.column_types(this)) | list | length == 0) }}
{% endmacro %}


{% macro no_day() -%}
    cast('0001-01-01' as date)
{%- endmacro %}
