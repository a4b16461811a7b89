{#
    What stands in the schemas of tokenmart's nodes:
    {database.schema.name: {kind: table or view, comment, owner: a role whose place this one cannot take, or none}}
    The catalogue is read once a run, before the first model.
#}
{% macro existing_relations() %}
    {% set notes = tokenmart.notes_of_this_run() %}
    {% if 'existing' not in notes %}{% do notes.update({'existing': tokenmart.read_existing_relations()}) %}{% endif %}
    {{ return(notes.existing) }}
{% endmacro %}


{# The comment that a node's relation had before this run. #}
{% macro existing_comment(node) %}
    {{ return(tokenmart.existing_relations().get(tokenmart.relation_name(node), {}).get('comment')) }}
{% endmacro %}


{#
    What a run has read and need not read again, in the one place that all of its nodes share. Who runs dbt from Python may give
    the same graph to many runs.
#}
{% macro notes_of_this_run() %}
    {% if graph.get('tokenmart', {}).get('run_id') != invocation_id %}
        {% do graph.update({'tokenmart': {'run_id': invocation_id}}) %}
    {% endif %}
    {{ return(graph.tokenmart) }}
{% endmacro %}


{% macro read_existing_relations() %}
    {% set nodes = tokenmart.built_nodes() %}
    {% set databases = tokenmart.quoted_list(nodes | map(attribute='database') | map('lower') | unique | list) %}
    {% set schemas = tokenmart.quoted_list(nodes | map(attribute='schema') | map('lower') | unique | list) %}
    {% set found = {} %}
    {% for row in run_query(tokenmart.existing_relations_query(databases, schemas)) %}
        {% do found.update({row[0] | lower: {'kind': row[1], 'comment': row[2] or '', 'owner': row[3]}}) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}


{% macro existing_relations_query(databases, schemas) %}
    {{ return(adapter.dispatch('existing_relations_query', 'tokenmart')(databases, schemas)) }}
{% endmacro %}

{% macro default__existing_relations_query(databases, schemas) %}
    select
        current_database() || '.' || nspname || '.' || relname,
        case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end,
        obj_description(pg_class.oid, 'pg_class'),
        case when not pg_has_role(relowner, 'usage') then pg_get_userbyid(relowner) end
    from pg_catalog.pg_class
    inner join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'v', 'm', 'f', 'p') and lower(nspname) in ({{ schemas }})
{% endmacro %}

{% macro duckdb__existing_relations_query(databases, schemas) %}
    select concat_ws('.', database_name, schema_name, table_name), 'table', comment, null
    from duckdb_tables()
    where lower(database_name) in ({{ databases }}) and lower(schema_name) in ({{ schemas }})
    union all
    select concat_ws('.', database_name, schema_name, view_name), 'view', comment, null
    from duckdb_views()
    where lower(database_name) in ({{ databases }}) and lower(schema_name) in ({{ schemas }})
{% endmacro %}
