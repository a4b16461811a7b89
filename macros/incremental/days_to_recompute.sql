{#
    The days that a run recomputes in some tables (is_stale), and the reason: the inputs of a day differ from those it was built from,
    the rules differ, or a table does not hold the rows that were stored. It is the rest of a query that begins with the CTE `digests`
    (source_instance, recompute_date, inputs_digest): what each day is made of now.

    The tables are those that call recomputes_days with the name of this model. Each stores in int_day_inputs what it was built from,
    in the transaction that builds it. So changes need not be declared, and the next run completes an interrupted one.

    reach: how many days around a stale day must be read to recompute it; they are listed, and not stale.
    counts: whether the tables count usage. If so, a user may ask for days (start_date, end_date), and a changed variable stops
    the next build (assert_same_variables) instead of recomputing all days.
#}
{% macro days_to_recompute(reach=0, counts=false) %}
{{- config(post_hook="{{ tokenmart.forget_days() }}" if counts else []) -}}
{%- set tables = tokenmart.tables_of(model) if execute else [] -%}
{%- set rules = tokenmart.rules(tables) if execute else {'hash': '', 'variables': {}} -%}
{%- set is_asked_for = counts and (var('start_date') or var('end_date')) -%}
{%- set whole = namespace(is_needed=flags.FULL_REFRESH) -%}
written as (

    select
        notes.built_table,
        notes.source_instance,
        notes.recompute_date,
        notes.inputs_digest,
        rules.rules_hash,
        notes.row_count as noted_rows,
        0 as present_rows
    from {{ ref('int_day_inputs') }} as notes
    left join {{ ref('int_table_rules') }} as rules on notes.built_table = rules.built_table
    where notes.built_table in ({{ tokenmart.built_tables(tables) }})
    {%- for table in tables %}
    {%- set relation = adapter.get_relation(table.database, table.schema, table.alias) %}
    {%- if relation is none %}
        {%- set whole.is_needed = true %}
    {%- else %}

    union all

    select
        {{ tokenmart.built_tables([table]) }},
        source_instance,
        {{ table.config.meta.day }},
        null,
        null,
        0,
        count(*)
    from {{ relation }}
    where {{ table.config.meta.day }} is not null
    group by 1, 2, 3
    {%- endif %}
    {%- endfor %}

),

by_table as (

    select
        source_instance,
        recompute_date,
        max(inputs_digest) as inputs_digest,
        max(case when rules_hash = {{ tokenmart.literal(rules.hash) }} then 1 else 0 end) as has_same_rules,
        case when sum(noted_rows) = sum(present_rows) then 1 else 0 end as is_as_written
    from written
    group by built_table, source_instance, recompute_date

),

built as (

    select
        source_instance,
        recompute_date,
        case
            when count(inputs_digest) = {{ tables | length }} and min(inputs_digest) = max(inputs_digest) then max(inputs_digest)
        end as inputs_digest,
        min(has_same_rules) as has_same_rules,
        min(is_as_written) as is_as_written
    from by_table
    group by 1, 2

),

days as (

    select
        coalesce(digests.source_instance, built.source_instance) as source_instance,
        coalesce(digests.recompute_date, built.recompute_date) as recompute_date,
        digests.inputs_digest,
        {% if whole.is_needed -%}
        'built whole'
        {%- else -%}
        case
            when digests.inputs_digest is null then 'nothing left'
            when built.inputs_digest is null then 'new'
            when digests.inputs_digest <> built.inputs_digest then 'changed'
            when built.has_same_rules = 0 then 'other rules'
            when built.is_as_written = 0 then 'not as written'
            {%- if is_asked_for %}
            when {{ tokenmart.is_asked_for('digests.recompute_date') }} then 'asked for'
            {%- endif %}
        end
        {%- endif %} as reason
    from digests
    full outer join built
        on
            digests.source_instance = built.source_instance
            and digests.recompute_date = built.recompute_date

),

days_this_run as (

    select *
    from days
    where reason is not null
    {%- if reach %}

    union all

    select
        days.source_instance,
        cast({{ dbt.dateadd('day', 'offsets.day_offset - ' ~ reach, 'days.recompute_date') }} as date),
        null,
        null
    from days
    {{ tokenmart.cross_join_days(2 * reach, 'offsets') }}
    where days.reason is not null
    {%- endif %}

)

select
    source_instance,
    recompute_date,
    max(inputs_digest) as inputs_digest,
    max(reason) is not null as is_stale,
    max(reason) as reason,
    {{ tokenmart.this_run() }} as run_id,
    {{ tokenmart.literal(rules.hash) }} as rules_hash,
    {{ tokenmart.literal(tojson(rules.variables if counts else {}, sort_keys=true)) }} as variables
from days_this_run
group by 1, 2
{% endmacro %}


{# The nodes of the tables that keep the days which a model finds. #}
{% macro tables_of(days) %}
    {% set tables = [] %}
    {% for node in graph.nodes.values() if node.resource_type == 'model' and node.config.meta.days == days.name %}
        {% do tables.append(node) %}
    {% endfor %}
    {{ return(tables | sort(attribute='name')) }}
{% endmacro %}


{# The name under which a table stores its days. In another schema a table has days of its own. #}
{% macro built_table(node) %}
    {{ return(node.schema ~ '.' ~ node.alias) }}
{% endmacro %}


{# Such names as a list in SQL. #}
{% macro built_tables(nodes) %}
    {% set names = [] %}
    {% for node in nodes %}
        {% do names.append(tokenmart.built_table(node)) %}
    {% endfor %}
    {{ return(tokenmart.quoted_list(names)) }}
{% endmacro %}


{#
    After the days of usage are found: forgets the digests of days that the user asked for, and the rules of tables that are about to
    be rebuilt. They stay unknown until the tables are written.
#}
{% macro forget_days() %}
    {% set tables = tokenmart.built_tables(tokenmart.tables_of(model)) if execute %}
    {% if flags.FULL_REFRESH %}
        delete from {{ ref('int_table_rules') }} where built_table in ({{ tables }})
    {% elif var('start_date') or var('end_date') %}
        update {{ ref('int_day_inputs') }} as notes set inputs_digest = null
        where
            built_table in ({{ tables }})
            and exists (
                select 1
                from {{ this }} as days
                where
                    days.is_stale
                    and days.source_instance = notes.source_instance
                    and days.recompute_date = notes.recompute_date
            )
    {% endif %}
{% endmacro %}


{% macro this_run() -%}
    '{{ invocation_id }}'
{%- endmacro %}
