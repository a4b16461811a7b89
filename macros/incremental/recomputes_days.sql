{#
    Makes a model keep its rows by day, and recompute the days that another model finds stale (days_to_recompute). Call it first in
    the model, which selects the rows of these days.

    days: the name of that model; day: the day of a row, a column or an expression of the table's columns.
    undated: whether the table also has rows of no day. They belong to no day, so every run rewrites all of them.
    after: models of the same days that are built whenever this one is, and before it, though it does not read them.
#}
{% macro recomputes_days(days, day, undated=false, after=[]) %}
    {%- set before = [] -%}
    {%- for name in after -%}
        {%- do before.append("ref('" ~ name ~ "')") -%}
    {%- endfor -%}
    {{- config(
        materialized='incremental',
        incremental_strategy='replace_days',
        on_schema_change='append_new_columns',
        meta={'days': days, 'day': day, 'has_undated_rows': undated},
        pre_hook=[
            "{{ tokenmart.lock_table(this) }}",
            "{{ tokenmart.assert_all_days(ref('" ~ days ~ "'), before=[" ~ before | join(', ') ~ "]) }}",
        ],
        post_hook="{{ tokenmart.note_days(ref('" ~ days ~ "')) }}",
    ) -}}
{% endmacro %}


{# An incremental strategy for dbt: deletes the stale days, and inserts this run's rows. #}
{% macro get_incremental_replace_days_sql(arguments) %}
    {%- set meta = config.get('meta') -%}
    {%- set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') %}
    delete from {{ arguments.target_relation }}
    where
        {{ meta.day ~ ' is null or' if meta.has_undated_rows }} exists (
            select 1
            from {{ tokenmart.model_of(meta.days).relation_name }} as days
            where
                days.is_stale
                and days.source_instance = {{ arguments.target_relation }}.source_instance
                and days.recompute_date = {{ meta.day }}
        );
    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }}
{% endmacro %}


{#
    Refuses to rebuild a table in full from the days that an earlier run found, which are a part of all.

    before: named and not read, so that dbt builds them before.
#}
{% macro assert_all_days(days, before) %}
    {% if execute and not is_incremental() and tokenmart.model_of(config.get('meta').days).unique_id not in selected_resources %}
        {% if run_query("select 1 from " ~ days ~ " where is_stale having count(*) = 0 or min(reason) <> 'built whole' or max(reason) <> 'built whole'") | length %}
            {{ exceptions.raise_compiler_error(
                this.identifier ~ " cannot be rebuilt in full from the few days that an earlier run prepared. "
                ~ "Build its parents too, with --full-refresh: leave out --select, or put a + before the model."
            ) }}
        {% endif %}
    {% endif %}
{% endmacro %}


{#
    Stores what the recomputed days were made of, and by which rules. For days that an earlier run found, or if a table in between is
    not built in this run, the inputs are unknown: the next run recomputes these days.
#}
{% macro note_days(days) %}
    {%- set table = tokenmart.built_tables([model]) -%}
    {%- set is_known = "days.run_id = " ~ tokenmart.this_run() ~ (" and true" if tokenmart.is_made_in_this_run() else " and false") -%}
    delete from {{ ref('int_day_inputs') }} as notes
    where
        built_table = {{ table }}
        and exists (
            select 1
            from {{ days }} as days
            where
                days.is_stale
                and days.source_instance = notes.source_instance
                and days.recompute_date = notes.recompute_date
        );
    insert into {{ ref('int_day_inputs') }} (built_table, source_instance, recompute_date, inputs_digest, row_count)
    select
        {{ table }},
        days.source_instance,
        days.recompute_date,
        case when {{ is_known }} then days.inputs_digest end,
        coalesce(present.row_count, 0)
    from {{ days }} as days
    left join (
        select
            source_instance,
            {{ config.get('meta').day }} as recompute_date,
            count(*) as row_count
        from {{ this }}
        group by 1, 2
    ) as present
        on
            days.source_instance = present.source_instance
            and days.recompute_date = present.recompute_date
    where
        days.is_stale
        and days.inputs_digest is not null;
    delete from {{ ref('int_table_rules') }}
    where
        built_table = {{ table }}
        and exists (select 1 from {{ days }} as days where {{ is_known }});
    insert into {{ ref('int_table_rules') }} (built_table, rules_hash, variables)
    select distinct
        {{ table }},
        days.rules_hash,
        days.variables
    from {{ days }} as days
    where {{ is_known }}
{% endmacro %}


{# True if this run builds everything between the days and the table that is being built. #}
{% macro is_made_in_this_run() %}
    {% if execute %}
        {% for node in tokenmart.nodes_between(tokenmart.model_of(config.get('meta').days), model) %}
            {% if node.config.materialized not in ['view', 'ephemeral'] and node.unique_id not in selected_resources %}
                {{ return(false) }}
            {% endif %}
        {% endfor %}
    {% endif %}
    {{ return(true) }}
{% endmacro %}


{# The node of a model of this project. #}
{% macro model_of(name) %}
    {{ return(graph.nodes['model.tokenmart.' ~ name]) }}
{% endmacro %}
