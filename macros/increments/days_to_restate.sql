{#
    The days of a table of daily rows, and which of them it must state anew (is_stale): those whose rows are made of
    something else than when they were built. A digest a day tells, over all that goes into its rows, so that nobody has
    to say what has changed: usage, an owner, a price, what is provisional, or all of it because a run was killed.

    Each day says by which run it was looked at: what a later one finds may be something else.

    table: the name of the model that keeps these days; usage: the rows that it is made of; day: their column.
    priced: whether prices go into its rows, by provider and model_id.
#}
{% macro days_to_restate(table, usage, day, priced=true) %}
{%- set is_whole = tokenmart.counts_anew(table) %}
with
{% if priced %}
rates as (

    select
        provider as rated_provider,
        model_id as rated_model_id,
        sum({{ tokenmart.row_hash('rates') }}) as rates_digest
    from {{ ref('int_usage_rates') }} as rates
    group by 1, 2

),
{% endif %}
inputs as (

    select {{ 'usage.*, rates.rates_digest' if priced else 'usage.*' }}
    from {{ usage }} as usage
    {%- if priced %}
    left join rates
        on
            coalesce(usage.provider, '') = rates.rated_provider
            and usage.model_id = rates.rated_model_id
    {%- endif %}

),

digests as (

    select
        source_instance,
        {{ day }} as restated_date,
        cast(sum({{ tokenmart.row_hash('inputs', negatives=tokenmart.wide_decimals(usage)) }}) as {{ dbt.type_string() }}) as inputs_digest,
        count(*) as row_count
    from inputs
    group by 1, 2

),

built as (

    select
        source_instance,
        restated_date,
        inputs_digest
    from {{ ref('int_built_days') }}
    where built_table = {{ tokenmart.built_table(table) }}

)
{%- if not is_whole %},

-- what was taken away from the table by hand comes back
present as (

    select
        source_instance,
        {{ day }} as restated_date,
        count(*) as row_count
    from {{ tokenmart.built_relation(table) if execute else usage }}
    group by 1, 2

)
{%- endif %}

select
    coalesce(digests.source_instance, built.source_instance) as source_instance,
    coalesce(digests.restated_date, built.restated_date) as restated_date,
    digests.inputs_digest,
    {{ tokenmart.this_run() }} as run_id,
    {% if is_whole -%}
    true
    {%- else -%}
    digests.inputs_digest is null
    or built.inputs_digest is null
    or digests.inputs_digest <> built.inputs_digest
    or present.row_count is null
    or digests.row_count <> present.row_count
    {%- endif %} as is_stale
from digests
full outer join built
    on
        digests.source_instance = built.source_instance
        and digests.restated_date = built.restated_date
{%- if not is_whole %}
left join present
    on
        digests.source_instance = present.source_instance
        and digests.restated_date = present.restated_date
{%- endif %}
{% endmacro %}
