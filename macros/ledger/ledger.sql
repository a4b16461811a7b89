{#
    The whole body of a ledger model: appends a version of every staged row that is new, has changed
    or was deleted since the last run, and touches nothing else.

    staging: the name of the staging model; key: the columns that identify a row. Which columns are kept, and as
    what types, the ledger model's YAML says.

    A key that occurs in the source more than once keeps all its rows: the second and later ones
    get the row key `<key>#2`, `<key>#3`, … (numbered_rows). A '#' of a key's own is doubled.

    is_usage: whether a row is a usage of its own, whatever else has its key; of parents, one that has left makes
    room for the one that stays.
#}
{% macro ledger(staging, key, is_usage=false) %}
    {{- config(
        full_refresh=tokenmart.resets_ledger(),
        pre_hook=[
            "{{ tokenmart.find_changed_keys('" ~ staging ~ "', " ~ tojson(key) ~ ") }}",
        ],
    ) -}}
    {%- set staged = ref(staging) -%}
    {%- set hash = tokenmart.content_hash('staged') -%}
    {%- set source_key = tokenmart.source_key(key) -%}
    {%- if execute and flags.WHICH in ['build', 'run'] -%}
        {%- do tokenmart.assert_staged_columns(staged) -%}
        {%- do tokenmart.assert_own_installation(staged, key, is_usage) -%}
    {%- endif -%}
    {%- set rows = tokenmart.staged_rows(staged) -%}
    {%- set columns = tokenmart.staged_columns() -%}
    {%- set content_order = tokenmart.content_order(columns) if columns else hash -%}
    {%- set day = tokenmart.day_of(tokenmart.moments(model), 'staged.') -%}
    {%- set compares_days = tokenmart.compares_days() -%}
    {%- set moments = tokenmart.day_columns(model) | select('in', tokenmart.column_types(this)) | list if is_incremental() else [] -%}
    {%- set remembers = is_usage and is_incremental() -%}
with
{% if compares_days %}
looked_rows as (

    select staged.*
    from {{ rows }} as staged
    {%- if var('source_overlap_days') is none %}
    inner join {{ tokenmart.temp_table('looked_days') }} as looked_days on {{ tokenmart.compared_day('staged.') }} = looked_days.looked_date
    {%- endif %}
    inner join {{ tokenmart.temp_table('changed_keys') }} as changed_keys on {{ source_key }} = changed_keys.source_key

),
{% set rows = 'looked_rows' %}
{%- endif %}
{% if is_incremental() %}
latest as (

    {{ tokenmart.ledger_current(
        this,
        ['row_key', 'occurrence', 'row_version', 'content_hash', 'first_observed_at', 'is_deleted']
        + (['usage_date_utc'] if tokenmart.moments(model) else [])
        + moments,
        only=tokenmart.is_compared('versions') if compares_days else none,
    ) }}
        and versions.source_instance = {{ tokenmart.literal(var('source_instance')) }}

),

{% endif %}
repeated_keys as (

    select {{ source_key }} as source_key
    from {{ rows }} as staged
    group by {{ source_key }}
    having count(*) > 1
    {%- if remembers %}

    union

    select {{ tokenmart.source_key_of('latest') }} as source_key
    from latest
    where {{ tokenmart.source_key_of('latest') }} <> latest.row_key
    {%- endif %}

),

-- only the repeated keys are numbered, which spares the millions that are unique a sort
repeated as (

    select
        repeated_keys.source_key,
        {{ hash }} as content_hash,
        row_number() over (
            partition by repeated_keys.source_key
            order by {{ content_order }}
        ) as place,
        staged.*
    from {{ rows }} as staged
    inner join repeated_keys on repeated_keys.source_key = {{ source_key }}

),

{{ tokenmart.numbered_rows(remembers) }},

keyed as (

    select
        {{ source_key }} as row_key,
        1 as occurrence,
        {{ hash }} as content_hash,
        {{ tokenmart.columns_of('staged') }}
    from {{ rows }} as staged
    left join repeated_keys on repeated_keys.source_key = {{ source_key }}
    where
        repeated_keys.source_key is null
        and {{ tokenmart.is_looked_at(day) }}

    union all

    select
        numbered.row_key,
        cast(numbered.occurrence as {{ dbt.type_int() }}) as occurrence,
        repeated.content_hash,
        {{ tokenmart.columns_of('repeated') }}
    from repeated
    inner join numbered
        on
            repeated.source_key = numbered.source_key
            and repeated.place = numbered.place

)
{% if is_incremental() %}
,

present_keys as (

    select {{ source_key }} as row_key
    from {{ rows }} as staged
    left join repeated_keys on repeated_keys.source_key = {{ source_key }}
    where repeated_keys.source_key is null

    union all

    select row_key
    from numbered

),

vanished as (

    select
        latest.row_key,
        latest.row_version
    from latest
    left join present_keys on latest.row_key = present_keys.row_key
    where
        present_keys.row_key is null
        and not latest.is_deleted
        and {{ tokenmart.is_looked_at('latest.usage_date_utc') }}

),

this_batch as (

    select coalesce(max(batch_id), 0) + 1 as batch_id
    from {{ this }}

)

select
    keyed.row_key,
    keyed.occurrence,
    coalesce(latest.row_version, 0) + 1 as row_version,
    this_batch.batch_id,
    {{ tokenmart.as_of() }} as observed_at,
    {% if moments -%}
    -- a row with a new date, like a window that is fetched again, is new as of that moment
    case
        when
            {%- for moment in moments %}
            {{ 'or ' if not loop.first }}keyed.{{ moment }} is distinct from latest.{{ moment }}
            {%- endfor %}
            then {{ tokenmart.as_of() }}
        else coalesce(latest.first_observed_at, {{ tokenmart.as_of() }})
    end as first_observed_at,
    {%- else -%}
    coalesce(latest.first_observed_at, {{ tokenmart.as_of() }}) as first_observed_at,
    {%- endif %}
    false as is_deleted,
    keyed.content_hash,
    {{ tokenmart.utc_day('keyed') }}
    {{- tokenmart.columns_of('keyed') }}
from keyed
cross join this_batch
left join latest on keyed.row_key = latest.row_key
where
    latest.row_key is null
    or latest.is_deleted
    or latest.content_hash <> keyed.content_hash
    or latest.occurrence <> keyed.occurrence

union all

select
    versions.row_key,
    versions.occurrence,
    versions.row_version + 1 as row_version,
    this_batch.batch_id,
    {{ tokenmart.as_of() }} as observed_at,
    versions.first_observed_at,
    true as is_deleted,
    versions.content_hash,
    {{ 'versions.usage_date_utc,' if tokenmart.moments(model) }}
    {{- tokenmart.columns_of('versions', kept_in=this) }}
from {{ this }} as versions
cross join this_batch
inner join vanished
    on
        versions.row_key = vanished.row_key
        and versions.row_version = vanished.row_version
where versions.source_instance = {{ tokenmart.literal(var('source_instance')) }}
{% else %}

select
    keyed.row_key,
    keyed.occurrence,
    cast(1 as {{ dbt.type_int() }}) as row_version,
    cast(1 as {{ dbt.type_bigint() }}) as batch_id,
    {{ tokenmart.as_of() }} as observed_at,
    {{ tokenmart.as_of() }} as first_observed_at,
    false as is_deleted,
    keyed.content_hash,
    {{ tokenmart.utc_day('keyed') }}
    {{- tokenmart.columns_of('keyed') }}
from keyed
{% endif %}
{% endmacro %}
