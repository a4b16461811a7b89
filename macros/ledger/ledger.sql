{#
    The whole body of a ledger model: appends a version of every staged row that is new, has changed
    or has vanished since the ledger last looked, and touches nothing else.

    staged: the staging model; id: its key column, null where the source has none (then the content is the key).

    A key that stands in the source more than once keeps all its rows: the second and later ones
    get the row key `<key>#2`, `<key>#3`, … in the order of their content.
#}
{% macro ledger(staged, id=none) %}
    {%- set id_text = "coalesce(cast(staged." ~ id ~ " as " ~ dbt.type_string() ~ "), '')" if id
        else "cast(" ~ tokenmart.content_hash('staged') ~ " as " ~ dbt.type_string() ~ ")" -%}
with

staged as (

    select
        {{ id_text }} as source_key,
        {{ tokenmart.content_hash('staged') }} as content_hash,
        staged.*
    from {{ staged }} as staged

),

repeated_keys as (

    select source_key
    from staged
    group by source_key
    having count(*) > 1

),

-- numbering only the repeated keys spares the millions that are unique a sort
keyed as (

    select
        staged.source_key as row_key,
        staged.*
    from staged
    left join repeated_keys on staged.source_key = repeated_keys.source_key
    where repeated_keys.source_key is null

    union all

    select
        case
            when numbered.occurrence = 1 then numbered.source_key
            else numbered.source_key || '#' || cast(numbered.occurrence as {{ dbt.type_string() }})
        end as row_key,
        {{ tokenmart.columns_of(staged, ['source_key', 'content_hash'], 'numbered') }}
    from (
        select
            staged.*,
            row_number() over (
                partition by staged.source_key
                order by staged.content_hash
            ) as occurrence
        from staged
        inner join repeated_keys on staged.source_key = repeated_keys.source_key
    ) as numbered

)
{% if is_incremental() %}
,

latest as (

    {{ tokenmart.ledger_current(this) }}
        and versions.source_instance = '{{ var("source_instance") }}'

),

this_batch as (

    select coalesce(max(batch_id), 0) + 1 as batch_id
    from {{ this }}

)

select
    keyed.row_key,
    coalesce(latest.row_version, 0) + 1 as row_version,
    this_batch.batch_id,
    {{ tokenmart.as_of() }} as observed_at,
    coalesce(latest.first_observed_at, {{ tokenmart.as_of() }}) as first_observed_at,
    false as is_deleted,
    {{ tokenmart.columns_of(staged, ['content_hash'], 'keyed') }}
from keyed
cross join this_batch
left join latest on keyed.row_key = latest.row_key
where
    latest.row_key is null
    or latest.is_deleted
    or latest.content_hash <> keyed.content_hash

union all

select
    latest.row_key,
    latest.row_version + 1 as row_version,
    this_batch.batch_id,
    {{ tokenmart.as_of() }} as observed_at,
    latest.first_observed_at,
    true as is_deleted,
    {{ tokenmart.columns_of(staged, ['content_hash'], 'latest', kept_in=this) }}
from latest
cross join this_batch
left join keyed on latest.row_key = keyed.row_key
where
    keyed.row_key is null
    and not latest.is_deleted
{% else %}

select
    keyed.row_key,
    cast(1 as {{ dbt.type_int() }}) as row_version,
    cast(1 as {{ dbt.type_bigint() }}) as batch_id,
    {{ tokenmart.as_of() }} as observed_at,
    {{ tokenmart.as_of() }} as first_observed_at,
    false as is_deleted,
    {{ tokenmart.columns_of(staged, ['content_hash'], 'keyed') }}
from keyed
{% endif %}
{% endmacro %}


{#
    The columns of a staging model, each with the alias in front, after those in `first`.
    kept_in: a table that may lack some of them because it is older; they read as null.
    Before the staging model was ever built (dbt compile on an empty database) there is only `*`.
#}
{% macro columns_of(staged, first, alias, kept_in=none) %}
    {%- set relation = load_relation(staged) -%}
    {%- if relation is none -%}
        {{ alias }}.*
    {%- else -%}
        {%- set older = tokenmart.column_types(kept_in) if kept_in else none -%}
        {%- for name in first -%}
            {{ alias }}.{{ name }},
        {% endfor -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- if older is none or column.name | lower in older -%}
                {{ alias }}.{{ adapter.quote(column.name) }}
            {%- else -%}
                cast(null as {{ column.data_type }}) as {{ adapter.quote(column.name) }}
            {%- endif -%}
            {{ ',\n    ' if not loop.last }}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
