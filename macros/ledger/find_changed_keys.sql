{#
    Runs before a ledger reads its source: stores in temp tables what to compare, so that unchanged days are skipped. Source
    and ledger are compared by UTC day: the number of rows and the sum of their hashes. Only days where these differ have
    new, changed or deleted rows.

    …__changed_keys: the keys of all rows on such days, at the source or in the ledger.
    …__looked_days: such days, and those on which one of these keys is known too: a row that moves or returns was
    elsewhere before, and a key that occurs twice is compared as a whole.

    They are tables because an engine knows how few rows a table has, and joins accordingly.
#}
{% macro find_changed_keys(staging, key) %}
    {%- if tokenmart.compares_days() -%}
    {%- set rows = tokenmart.staged_rows(ref(staging)) -%}
    {%- set source_key = tokenmart.source_key(key) -%}
    {%- set source_date = tokenmart.compared_day('staged.') -%}
    {%- set known_date = tokenmart.compared_day('known.') -%}
    {%- set columns = ['row_key', 'content_hash', 'is_deleted'] + tokenmart.day_columns(model) -%}
    {%- set is_own = "and versions.source_instance = " ~ tokenmart.literal(var('source_instance')) %}
    {%- set on_changed_days = tokenmart.compared_day('versions.') ~ " in (select changed_date from " ~ tokenmart.temp_table('changed_days') ~ ")" %}
    drop table if exists {{ tokenmart.temp_table('changed_days') }};
    create temporary table {{ tokenmart.temp_table('changed_days') }} as
    select coalesce(at_source.source_date, at_ledger.known_date) as changed_date
    from (
        select
            {{ source_date }} as source_date,
            count(*) as row_count,
            {{ tokenmart.sum_of_hashes(tokenmart.content_hash('staged')) }} as hash_sum
        from {{ rows }} as staged
        where {{ tokenmart.is_looked_at(tokenmart.day_of(tokenmart.day_columns(model), 'staged.')) }}
        group by 1
    ) as at_source
    full outer join (
        select
            {{ known_date }} as known_date,
            count(*) as row_count,
            {{ tokenmart.sum_of_hashes('known.content_hash') }} as hash_sum
        from ({{ tokenmart.ledger_current(this, columns) }} {{ is_own }} and not versions.is_deleted) as known
        where {{ tokenmart.is_looked_at(tokenmart.day_of(tokenmart.day_columns(model), 'known.')) }}
        group by 1
    ) as at_ledger
        on at_source.source_date = at_ledger.known_date
    where
        at_source.row_count is null
        or at_ledger.row_count is null
        or at_source.row_count <> at_ledger.row_count
        or at_source.hash_sum <> at_ledger.hash_sum;
    {{ tokenmart.refresh_statistics(tokenmart.temp_table('changed_days')) }};

    drop table if exists {{ tokenmart.temp_table('changed_keys') }};
    create temporary table {{ tokenmart.temp_table('changed_keys') }} as
    select {{ source_key }} as source_key
    from {{ rows }} as staged
    inner join {{ tokenmart.temp_table('changed_days') }} as changed_days on {{ source_date }} = changed_days.changed_date
    union
    select {{ tokenmart.source_key_of('known') }} as source_key
    from ({{ tokenmart.ledger_current(this, columns, only=on_changed_days) }} {{ is_own }} and not versions.is_deleted) as known;
    {{ tokenmart.refresh_statistics(tokenmart.temp_table('changed_keys')) }};

    drop table if exists {{ tokenmart.temp_table('looked_days') }};
    create temporary table {{ tokenmart.temp_table('looked_days') }} as
    select changed_date as looked_date
    from {{ tokenmart.temp_table('changed_days') }}
    union
    select {{ known_date }} as looked_date
    from ({{ tokenmart.ledger_current(this, columns) }} {{ is_own }}) as known
    inner join {{ tokenmart.temp_table('changed_keys') }} as changed_keys on {{ tokenmart.source_key_of('known') }} = changed_keys.source_key;
    {{ tokenmart.refresh_statistics(tokenmart.temp_table('looked_days')) }}
    {%- endif -%}
{% endmacro %}


{# Whether find_changed_keys has found a version's key. #}
{% macro is_compared(alias) -%}
    {{ tokenmart.compared_day(alias ~ '.') }} in (select looked_date from {{ tokenmart.temp_table('looked_days') }})
    and {{ tokenmart.source_key_of(alias) }} in (select source_key from {{ tokenmart.temp_table('changed_keys') }})
{%- endmacro %}


{# A temporary table of the ledger that is being built. #}
{% macro temp_table(name) -%}
    {{ adapter.quote(model.alias ~ '__' ~ name) }}
{%- endmacro %}
