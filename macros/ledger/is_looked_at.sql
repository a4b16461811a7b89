{#
    Whether the ledger compares the rows of a day with their source: all, or by the variable source_overlap_days
    those of the last days that the ledger knows, and those of no day. What a clock ahead of the run's has
    dated does not move the limit. Parents are compared whole.
#}
{% macro is_looked_at(day) -%}
    {%- if is_incremental() and tokenmart.moments(model) and var('source_overlap_days') is not none -%}
        (
            {{ day }} is null
            or {{ day }} >= (
                select coalesce(
                    cast({{ dbt.dateadd('day', -tokenmart.number_of('source_overlap_days'), 'max(usage_date_utc)') }} as date),
                    cast('0001-01-01' as date)
                )
                from {{ this }}
                where
                    source_instance = {{ tokenmart.literal(var('source_instance')) }}
                    and usage_date_utc <= cast({{ tokenmart.as_of() }} as date)
            )
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
