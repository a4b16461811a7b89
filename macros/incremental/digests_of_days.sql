{#
    The CTE `digests` of days_to_recompute, of what the rows of a ledger say about the days around them.

    rows_by_span: a CTE (source_instance, first_date, last_date, hash_sum, row_count): the days that rows tell about, and the sum of
    their hashes, as a decimal. A period is not taken apart into days: on the first a sum begins to hold, after the last it ends.
    reach: how many days away a row can change what becomes of another.
    besides: a SQL expression of what else every day is made of.
#}
{% macro digests_of_days(rows_by_span, reach=0, besides=none) %}
turns as (

    select
        source_instance,
        {{ dbt.dateadd('day', -reach, 'first_date') }} as turn_date,
        hash_sum,
        row_count
    from {{ rows_by_span }}

    union all

    select
        source_instance,
        {{ dbt.dateadd('day', reach + 1, 'last_date') }},
        -hash_sum,
        -row_count
    from {{ rows_by_span }}

),

levels as (

    select
        source_instance,
        cast(turn_date as date) as turn_date,
        cast(lead(turn_date) over (partition by source_instance order by turn_date) as date) as next_date,
        sum(sum(hash_sum)) over (partition by source_instance order by turn_date) as hash_sum,
        sum(sum(row_count)) over (partition by source_instance order by turn_date) as row_count
    from turns
    group by source_instance, turn_date

),

held as (

    select *
    from levels
    where row_count > 0

),

digests as (

    select
        held.source_instance,
        cast({{ dbt.dateadd('day', 'offsets.day_offset', 'held.turn_date') }} as date) as recompute_date,
        concat_ws(' ', held.hash_sum, held.row_count{{ ', ' ~ besides if besides }}) as inputs_digest
    from held
    {{ tokenmart.cross_join_days(dbt.datediff('held.turn_date', 'held.next_date', 'day') ~ ' - 1', 'offsets') }}

)
{%- endmacro %}
