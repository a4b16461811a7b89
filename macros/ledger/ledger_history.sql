{#
    What a parent was, and from which day on: one row for each day on which one of the columns changed, of
    every id. Days are those of the reporting time zone; a day belongs to what held at its end. The first version
    applies to all earlier dates, because nothing says what came before.

    updated_at: the column by which the source says when a row changed. It is believed between two observations;
    a source that is silent has changed when that was observed.
#}
{% macro ledger_history(ledger, id, columns, updated_at=none) %}
    select
        source_instance,
        {{ id }},
        valid_from,
        lead(valid_from) over (partition by source_instance, {{ id }} order by valid_from) as valid_to
        {%- for column in columns %},
        {{ column }}
        {%- endfor %}
    from (
        select
            lasting.*,
            lag(content) over (partition by source_instance, {{ id }} order by valid_from) as content_before
        from (
            select
                dated.*,
                {{ tokenmart.grain_key(columns) }} as content,
                min(valid_from) over (
                    partition by source_instance, {{ id }}
                    order by row_version
                    rows between 1 following and unbounded following
                ) as replaced_from
            from (
                select
                    versions.*,
                    case
                        when versions.row_version = 1 then cast('0001-01-01' as date)
                        {%- if updated_at %}
                        when
                            versions.{{ updated_at }} > lag(versions.observed_at) over (
                                partition by versions.source_instance, versions.row_key
                                order by versions.row_version
                            )
                            and versions.{{ updated_at }} <= versions.observed_at
                            then {{ tokenmart.to_reporting_date('versions.' ~ updated_at) }}
                        {%- endif %}
                        else {{ tokenmart.to_reporting_date('versions.observed_at') }}
                    end as valid_from
                from {{ ledger }} as versions
                where
                    versions.occurrence = 1
                    and versions.{{ id }} is not null
            ) as dated
        ) as lasting
        where
            replaced_from is null
            or valid_from < replaced_from
    ) as compared
    where
        content_before is null
        or content_before <> content
{%- endmacro %}


{#
    The join of usage to what a parent was on the day of use. Comparisons alone, here and below: for an `or` DuckDB
    compares every pair of rows.
#}
{% macro valid_on(history, day) -%}
    {{ day }} >= {{ history }}.valid_from
            and {{ day }} < {{ tokenmart.valid_until(history) }}
{%- endmacro %}


{# The join of two histories that hold on a day at once. #}
{% macro valid_together(history, other) -%}
    {{ history }}.valid_from < {{ tokenmart.valid_until(other) }}
        and {{ other }}.valid_from < {{ tokenmart.valid_until(history) }}
{%- endmacro %}


{% macro valid_until(history) -%}
    coalesce({{ history }}.valid_to, cast('9999-12-31' as date))
{%- endmacro %}
