{#
    On DuckDB a view is made again only if it would be another one: its comment ends with a hash of all that it is made of.

    As a package, dbt's own makes each view in each run: dbt takes what has a built-in name from the root project alone.
#}
{% materialization view, adapter='duckdb' %}
    {%- if not tokenmart.is_own_model() -%}
        {{ return(dbt.materialization_view_default()) }}
    {%- endif -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- do model.update({'description': tokenmart.mark_of(model) ~ ' [' ~ tokenmart.view_hash() ~ ']'}) -%}
    {%- set is_kept = existing is not none and existing.is_view and tokenmart.existing_comment(model) == model.description -%}
    {%- do model.update({'is_kept': is_kept}) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% if is_kept %}
        {% call noop_statement('main', 'unchanged') %}{% endcall %}
    {% else %}
        {% call statement('main') -%}
            {{ tokenmart.drop_statement(existing) }}
            {{ get_create_view_as_sql(target_relation, compiled_code) }}
        {%- endcall %}
    {% endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% if not is_kept %}{% do persist_docs(target_relation, model) %}{% endif %}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#
    Of a view: its statement without the name of the file, what its YAML says of columns, and the columns that it reads. DuckDB
    refuses a view that would give others than when it was made.
#}
{% macro view_hash() %}
    {% set relations = [] %}
    {% set columns = [] %}
    {% for parent in tokenmart.parents_with_relations(model) %}
        {% if parent in graph.sources %}
            {% set source = graph.sources[parent] %}
            {% do columns.append(tokenmart.source_columns(api.Relation.create(source.database, source.schema, source.identifier))) %}
        {% else %}
            {% do relations.append(graph.nodes[parent].relation_name) %}
        {% endif %}
    {% endfor %}
    {% if relations %}
        {% do columns.append(run_query(
            "select string_agg(column_name || ' ' || column_type, ', ') from (describe select * from " ~ relations | join(', ') ~ ")"
        )[0][0]) %}
    {% endif %}
    {{ return(local_md5(tojson([
        tokenmart.without_file(compiled_code), columns, model.columns, model.config.contract, model.config.persist_docs
    ]))[:12]) }}
{% endmacro %}


{# The nodes whose relations a model reads: those that it names, and behind an ephemeral one those that this reads. #}
{% macro parents_with_relations(node) %}
    {% set found = [] %}
    {% for parent in node.depends_on.nodes %}
        {% if parent in graph.nodes and graph.nodes[parent].config.materialized == 'ephemeral' %}
            {% do found.extend(tokenmart.parents_with_relations(graph.nodes[parent])) %}
        {% else %}
            {% do found.append(parent) %}
        {% endif %}
    {% endfor %}
    {{ return(found | unique | list) }}
{% endmacro %}
