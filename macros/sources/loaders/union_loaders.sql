{#
    What the entries of loader_tables add to a source table, in the columns that the sources' YAML gives it. What a loader does not
    tell is null, so a column that is added to the YAML is one here, too.
#}
{% macro union_loaders(source_name, table_name) %}
    {%- set node = tokenmart.source_table_node(source_name, table_name) -%}
    {%- if node is not none -%}
        {%- set part = 'costs' if table_name == 'provider_costs' else 'usage' -%}
        {%- set selects = [] -%}
        {%- set keys = [] -%}
        {%- for entry in tokenmart.loader_entries(part) -%}
            {%- if table_name == 'usage_events' -%}
                {%- do selects.append(tokenmart.loaded_usage(entry)) -%}
            {%- elif table_name == 'provider_costs' -%}
                {%- do selects.append(tokenmart.loaded_costs(entry)) -%}
            {%- elif entry.key not in keys -%}
                {%- do keys.append(entry.key) -%}
                {%- do selects.append('select ' ~ entry.key ~ ' as id, ' ~ tokenmart.literal(entry.provider) ~ ' as provider') -%}
            {%- endif -%}
        {%- endfor -%}
        {#- a day's line of two accounts is one line of the provider's bill -#}
        {%- set sums = ['amount_usd', 'quantity'] if table_name == 'provider_costs' else [] -%}
        {%- set given = {
            'usage_events': tokenmart.loaded_usage_columns(),
            'provider_keys': ['id', 'provider'],
            'provider_costs': tokenmart.loaded_costs_columns(),
        }[table_name] -%}
        {%- if selects %}
    union all

    select
        {%- for column in node.columns.values() if 'secret' not in column.tags %}
        {%- set type = tokenmart.sql_type(column) %}
        {%- if column.name not in given %}
        cast(null as {{ type }})
        {%- else %}
        cast({{ 'sum(' ~ column.name ~ ')' if column.name in sums else adapter.quote(column.name) }} as {{ type }})
        {%- endif %} as {{ adapter.quote(column.name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ selects | join('\n\n        union all\n\n        ') }}
    ) as loaded
    {%- if sums %}
    group by {{ given | reject('in', sums) | join(', ') }}
    {%- endif %}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
