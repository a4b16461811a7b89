{# The statements that grant what the role lacks, to read the sources and to write the target schemas. #}
{% macro missing_privileges(existing) %}
    {{ return(adapter.dispatch('missing_privileges', 'tokenmart')(existing)) }}
{% endmacro %}

{% macro default__missing_privileges(existing) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__missing_privileges(existing) %}
    {{ return([]) }}
{% endmacro %}

{% macro postgres__missing_privileges(existing) %}
    {% set role = adapter.quote(target.role or target.user) %}
    {% set missing = [] %}
    {# the first row is none of them, and lets the list be empty #}
    {% set tables = ["('', '', array[''])"] %}
    {% for node in tokenmart.source_tables_read() %}
        {% set columns = node.columns.values() | rejectattr('tags', 'equalto', ['secret']) | map(attribute='name') | list %}
        {% do tables.append(
            "(" ~ tokenmart.literal(node.schema) ~ ", " ~ tokenmart.literal(node.identifier) ~ ", array["
            ~ tokenmart.quoted_list(columns) ~ "])"
        ) %}
    {% endfor %}
    {% for entry in tokenmart.entries_read() %}
        {% for alias, relation in entry['relations'].items() %}
            {% set columns = ['_dlt_id', '_dlt_parent_id'] %}
            {% for of, theirs in entry['columns'].values() if of == alias %}
                {% do columns.append(theirs) %}
            {% endfor %}
            {% do tables.append(
                "(" ~ tokenmart.literal(relation.schema) ~ ", " ~ tokenmart.literal(relation.identifier) ~ ", array["
                ~ tokenmart.quoted_list(columns) ~ "])"
            ) %}
        {% endfor %}
    {% endfor %}
    {% set schemas = tokenmart.selected_nodes() | map(attribute='schema') | unique | list %}
    {% set query %}
        with source_tables (schema_name, table_name, columns_read) as (
            values {{ tables | join(', ') }}
        ),

        unreadable as (
            select distinct
                pg_namespace.oid as schema_oid,
                quote_ident(nspname) as schema_name,
                quote_ident(relname) as table_name,
                string_agg(quote_ident(attname), ', ') filter (where not has_column_privilege(attrelid, attnum, 'select'))
                    over (partition by attrelid) as columns_missing,
                bool_or(has_column_privilege(attrelid, attnum, 'select')) over (partition by attrelid) as some_readable
            from source_tables
            inner join pg_catalog.pg_namespace on nspname = schema_name
            left join pg_catalog.pg_class on relnamespace = pg_namespace.oid and relname = table_name
            left join pg_catalog.pg_attribute
                on attrelid = pg_class.oid and attnum > 0 and not attisdropped and attname = any(columns_read)
        ),

        target_schemas as (
            select target_name, pg_namespace.oid as schema_oid
            from unnest(array[{{ tokenmart.quoted_list(schemas) }}]) as wanted (target_name)
            left join pg_catalog.pg_namespace on nspname = target_name
        )

        select 1 as place, 'usage on schema ' || schema_name as privilege
        from unreadable where not has_schema_privilege(schema_oid, 'usage')
        union
        select 2, 'select ' || case when some_readable then '(' || columns_missing || ') ' else '' end
            || 'on ' || schema_name || '.' || table_name
        from unreadable where columns_missing is not null
        union
        select 3, 'create on database ' || quote_ident(current_database())
        from target_schemas where target_name <> '' and schema_oid is null and not has_database_privilege(current_database(), 'create')
        union
        select 4, 'usage, create on schema ' || quote_ident(target_name)
        from target_schemas
        where not has_schema_privilege(schema_oid, 'usage') or not has_schema_privilege(schema_oid, 'create')
        order by 1, 2
    {% endset %}
    {% for row in run_query(query) %}
        {% do missing.append("grant " ~ row[1] ~ " to " ~ role ~ ";") %}
    {% endfor %}
    {% for node in tokenmart.selected_nodes() %}
        {% set relation = existing.get(tokenmart.relation_name(node)) %}
        {% if relation and relation.owner %}
            {% do missing.append("alter " ~ relation.kind ~ " " ~ node.relation_name ~ " owner to " ~ role ~ ";") %}
        {% endif %}
    {% endfor %}
    {{ return(missing) }}
{% endmacro %}
