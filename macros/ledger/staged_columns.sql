{#
    The columns that the ledger model being built takes from staging, as its YAML declares them;
    none while dbt only parses.
#}
{% macro staged_columns(node=none) %}
    {% set columns = [] %}
    {% for column in (node or model).columns.values() if column.name not in tokenmart.technical_columns(node or model) %}
        {% do columns.append({
            'name': column.name, 'quoted': adapter.quote(column.name), 'data_type': column.data_type
        }) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}


{# The columns that the ledger itself adds to the staged ones; one of usage also its day. #}
{% macro technical_columns(node=none) %}
    {% set day = ['usage_date_utc'] if node and tokenmart.moments(node) else [] %}
    {{ return(day + [
        'row_key', 'occurrence', 'row_version', 'batch_id', 'observed_at', 'first_observed_at', 'is_deleted', 'content_hash',
    ]) }}
{% endmacro %}
