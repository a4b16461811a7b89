{#
    On DuckDB a table is dropped and made again in one transaction: a reader sees the old one or the new one. dbt-duckdb makes it
    beside the old one, renames both and drops the old one after the commit, which leaves it there if the run is killed.

    As a package, dbt-duckdb's own does it: dbt takes what has a built-in name from the root project alone.
#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- if not tokenmart.is_own_model() -%}
        {{ return(dbt.materialization_table_duckdb()) }}
    {%- endif -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {{ tokenmart.drop_statement(existing) }}
        {{ create_table_as(False, target_relation, compiled_code) }}
    {%- endcall %}
    {% do create_indexes(target_relation) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target_relation, model) %}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{# A project that takes over these materializations may have models in Python. #}
{% macro is_own_model() %}
    {{ return(model.package_name == 'tokenmart') }}
{% endmacro %}


{% macro drop_statement(relation) -%}
    {%- if relation -%}
        drop {{ relation.type }} if exists {{ relation }};
    {%- endif -%}
{%- endmacro %}
