{#
    Has a view name what it reads without the database, where that is called by its file: a copy of the file would
    read the first one, or nothing. Before the hook that marks the view.
#}
{% macro leave_out_database() %}
    {{- return(adapter.dispatch('leave_out_database', 'tokenmart')()) -}}
{% endmacro %}

{% macro default__leave_out_database() %}{% endmacro %}

{% macro duckdb__leave_out_database() -%}
    {%- if execute and config.get('materialized') == 'view' -%}
        create or replace view {{ this }} as (
            {{ model.compiled_code | replace(adapter.quote(this.database) ~ '.', '') }}
        )
    {%- endif -%}
{%- endmacro %}
