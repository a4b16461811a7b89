{# What exists in schemas: its name as database.schema.name, kind, comment, and the owner if this role cannot act for it. #}
{% macro existing_relations_query(databases, schemas) %}
    {{ return(adapter.dispatch('existing_relations_query', 'tokenmart')(databases, schemas)) }}
{% endmacro %}

{% macro default__existing_relations_query(databases, schemas) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__existing_relations_query(databases, schemas) %}
    select concat_ws('.', database_name, schema_name, table_name), 'table', comment, null
    from duckdb_tables()
    where lower(database_name) in ({{ databases }}) and lower(schema_name) in ({{ schemas }})
    union all
    select concat_ws('.', database_name, schema_name, view_name), 'view', comment, null
    from duckdb_views()
    where lower(database_name) in ({{ databases }}) and lower(schema_name) in ({{ schemas }})
{% endmacro %}

{% macro postgres__existing_relations_query(databases, schemas) %}
    select
        current_database() || '.' || nspname || '.' || relname,
        case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end,
        obj_description(pg_class.oid, 'pg_class'),
        case when not pg_has_role(relowner, 'usage') then pg_get_userbyid(relowner) end
    from pg_catalog.pg_class
    inner join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'v', 'm', 'f', 'p') and lower(nspname) in ({{ schemas }})
{% endmacro %}
