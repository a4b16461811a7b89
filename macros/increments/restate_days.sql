{#
    Before a table states its stale days anew: they are all of them if the table is built whole, or if it was built by
    another statement than that of today. Then it keeps only the days that are not stale.
#}
{% macro clear_stale_days(days, day) %}
    update {{ days }} set is_stale = true
    {%- if is_incremental() %}
    where exists (
        select 1
        from {{ ref('int_built_days') }} as built
        where
            built.built_table = {{ tokenmart.built_table(model.name) }}
            and built.statement_hash <> '{{ tokenmart.statement_hash() }}'
    );
    delete from {{ this }}
    where not exists (
        select 1
        from {{ days }} as days
        where
            not days.is_stale
            and days.source_instance = {{ this }}.source_instance
            and days.restated_date = {{ this }}.{{ day }}
    )
    {%- endif %}
{% endmacro %}


{#
    Notes of what the days were made that have just been stated anew, in the transaction that did it. Of days that an earlier
    run has looked at nobody knows: the next run that looks states them anew.
#}
{% macro note_built_days(days) %}
    delete from {{ ref('int_built_days') }}
    where
        built_table = {{ tokenmart.built_table(model.name) }}
        and not exists (
            select 1
            from {{ days }} as days
            where
                not days.is_stale
                and days.source_instance = {{ ref('int_built_days') }}.source_instance
                and days.restated_date = {{ ref('int_built_days') }}.restated_date
        );
    insert into {{ ref('int_built_days') }} (built_table, source_instance, restated_date, inputs_digest, statement_hash)
    select
        {{ tokenmart.built_table(model.name) }},
        source_instance,
        restated_date,
        case when run_id = {{ tokenmart.this_run() }} then inputs_digest end,
        '{{ tokenmart.statement_hash() }}'
    from {{ days }}
    where
        is_stale
        and inputs_digest is not null
{% endmacro %}


{# A table by its schema and name, as text: one that stands elsewhere from today on has days of its own. #}
{% macro built_table(name) -%}
    {%- set node = graph.nodes['model.tokenmart.' ~ name] if execute else {} -%}
    {{ tokenmart.literal(node.schema ~ '.' ~ node.alias) }}
{%- endmacro %}


{% macro this_run() -%}
    '{{ invocation_id }}'
{%- endmacro %}


{# Changes with the statement of the model that is being built: its rules, and the variables and macros that it uses. #}
{% macro statement_hash() -%}
    {{ local_md5(model.compiled_code or '') }}
{%- endmacro %}
