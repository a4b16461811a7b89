{#
    The row keys of the CTE `repeated`, the rows at the source of which several have one key, and which of them counts:
    that whose content comes first (occurrence 1), on every engine alike, in whatever order they arrived.

    remembers: rows are usage, which one beside them does not replace, and the ledger knows some already (CTE `latest`). A row
    keeps the row key under which its content is known. One whose content is new is a correction of one that is missing, if
    any is, or takes the next number. If the one that counted has left the source, none of the others counts in its place.
#}
{% macro numbered_rows(remembers) -%}
{%- if not remembers -%}
numbered as (

    select
        source_key,
        place,
        place as occurrence,
        case when place = 1 then source_key else {{ tokenmart.repeated_row_key('place') }} end as row_key
    from repeated

)
{%- else -%}
known as (

    select
        repeated_keys.source_key,
        latest.row_key,
        latest.occurrence,
        latest.is_deleted,
        coalesce(
            cast(nullif(substr(latest.row_key, length(repeated_keys.source_key) + 2), '') as {{ dbt.type_int() }}), 1
        ) as row_number_of_key,
        latest.content_hash
    from latest
    inner join repeated_keys on {{ tokenmart.source_key_of('latest') }} = repeated_keys.source_key

),

-- the same content again; of equal rows, as many as are known
unchanged as (

    select
        at_source.source_key,
        at_source.place,
        at_ledger.row_key
    from (
        select
            source_key,
            place,
            content_hash,
            row_number() over (partition by source_key, content_hash order by place) as copy_number
        from repeated
    ) as at_source
    inner join (
        select
            source_key,
            row_key,
            content_hash,
            row_number() over (partition by source_key, content_hash order by is_deleted, row_number_of_key) as copy_number
        from known
    ) as at_ledger
        on
            at_source.source_key = at_ledger.source_key
            and at_source.content_hash = at_ledger.content_hash
            and at_source.copy_number = at_ledger.copy_number

),

corrected as (

    select
        at_source.source_key,
        at_source.place,
        at_source.turn,
        at_ledger.row_key
    from (
        select
            repeated.source_key,
            repeated.place,
            row_number() over (partition by repeated.source_key order by repeated.place) as turn
        from repeated
        left join unchanged
            on
                repeated.source_key = unchanged.source_key
                and repeated.place = unchanged.place
        where unchanged.row_key is null
    ) as at_source
    left join (
        select
            known.source_key,
            known.row_key,
            row_number() over (partition by known.source_key order by known.is_deleted, known.row_number_of_key) as turn
        from known
        left join unchanged on known.row_key = unchanged.row_key
        where unchanged.row_key is null
    ) as at_ledger
        on
            at_source.source_key = at_ledger.source_key
            and at_source.turn = at_ledger.turn

),

kept as (

    select
        source_key,
        place,
        row_key,
        0 as turn
    from unchanged

    union all

    select
        source_key,
        place,
        row_key,
        turn
    from corrected

),

-- turns beyond the missing rows go on from the last number that was given
numbers as (

    select
        known.source_key,
        max(known.row_number_of_key) as last_number,
        count(*) - count(unchanged.row_key) as missing_rows,
        max(case when known.occurrence = 1 and kept.row_key is null then 1 else 0 end) as gone_rows
    from known
    left join unchanged on known.row_key = unchanged.row_key
    left join kept on known.row_key = kept.row_key
    group by known.source_key

),

numbered as (

    select
        kept.source_key,
        kept.place,
        kept.place + coalesce(numbers.gone_rows, 0) as occurrence,
        case
            when kept.row_key is not null then kept.row_key
            when numbers.source_key is null and kept.turn = 1 then kept.source_key
            else {{ tokenmart.repeated_row_key('coalesce(numbers.last_number - numbers.missing_rows, 0) + kept.turn', 'kept.') }}
        end as row_key
    from kept
    left join numbers on kept.source_key = numbers.source_key

)
{%- endif -%}
{%- endmacro %}


{# The row key of the second and further rows of a key. #}
{% macro repeated_row_key(number, prefix='') -%}
    {{ prefix }}source_key || '#' || cast({{ number }} as {{ dbt.type_string() }})
{%- endmacro %}


{# The source key behind a row key, in which a '#' of its own is doubled. #}
{% macro source_key_of(alias) -%}
    case
        when {{ alias }}.row_key like '%#%' then regexp_replace({{ alias }}.row_key, '^((?:[^#]|##)*)#[0-9]+$', '\1')
        else {{ alias }}.row_key
    end
{%- endmacro %}


{#
    An order of rows by what they hold, the same on every engine and in every collation. A null is not '', as it is
    in a grain. Columns that enter the hash only if filled decide last, so that rows which fill none keep their order.
#}
{% macro content_order(columns) -%}
    {%- set later = columns | selectattr('name', 'in', tokenmart.hashed_if_filled()) | map(attribute='quoted') | list -%}
    {%- set parts = [columns | map(attribute='quoted') | reject('in', later) | list] + ([later] if later else []) -%}
    {%- for part in parts -%}
    {{ tokenmart.grain_key(part) }},
            {% for column in part %}case when {{ column }} is null then '1' else '0' end{{ ' || ' if not loop.last }}{% endfor %}
        {{- ',\n            ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
