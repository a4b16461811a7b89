{# An entry's costs as rows of provider_costs; union_loaders adds up those of one day and line. #}
{% macro loaded_costs(entry) %}
    {%- set columns = tokenmart.costs_columns(entry) -%}
        select
            {%- for name in tokenmart.loaded_costs_columns() %}
            {{ columns[name] }} as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
{{ tokenmart.loader_rows(entry) }}
        ) as rows_by_load
        where place = 1
{%- endmacro %}


{# The columns of provider_costs that loaders fill. #}
{% macro loaded_costs_columns() %}
    {{ return(['usage_date', 'provider', 'project_id', 'api_key_id', 'line_item', 'amount_usd', 'quantity', 'currency']) }}
{% endmacro %}


{#
    {column of provider_costs: SQL over columns of provider_columns}. OpenAI reports dollars, Anthropic cents. Anthropic's line is written
    as OpenAI writes one, by which its model, class of tokens, processing and context are read; what it is about if it is about no model.
#}
{% macro costs_columns(entry) %}
    {% set columns = {
        'usage_date': 'cast(starts_at as date)', 'provider': tokenmart.literal(entry.provider), 'currency': 'currency', 'quantity': 'quantity',
    } %}
    {% if entry.provider == 'openai' %}
        {{ return(dict(columns, project_id='project_id', api_key_id='api_key_id', line_item='line_item', amount_usd='amount')) }}
    {% endif %}
    {% set no_text = 'cast(null as ' ~ dbt.type_string() ~ ')' %}
    {{ return(dict(
        columns,
        project_id=no_text if entry.loader == 'ingestr' else 'workspace_id',
        api_key_id=no_text,
        line_item="case when model is not null and token_type is not null"
        ~ " then coalesce(service_tier || ' | ', '') || model || ', ' || token_type || case when context_window = '200k-1M' then ', 200k-1M' else '' end"
        ~ " else coalesce(description, cost_type) end",
        amount_usd='amount * 0.01'
    )) }}
{% endmacro %}
