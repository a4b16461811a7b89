{#
    Whether the ledger compares a row of usage with its source: any row, or by the variable source_overlap_days
    the rows of the last days that the ledger knows, and those of no day. What a clock ahead of the run's
    has dated does not move the limit.
#}
{% macro is_looked_at(alias) -%}
    {%- if is_incremental() and tokenmart.overlap_moments() -%}
        (
            {{ tokenmart.day_of(tokenmart.overlap_moments(), alias ~ '.') }} is null
            or {{ tokenmart.day_of(tokenmart.overlap_moments(), alias ~ '.') }} >= (
                select coalesce(
                    cast({{ dbt.dateadd('day', -var('source_overlap_days'), 'max(usage_date_utc)') }} as date),
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


{# The columns that date the rows of the ledger being built, if only the last of them are compared. #}
{% macro overlap_moments() %}
    {{ return(tokenmart.moments(model) if var('source_overlap_days') is not none else []) }}
{% endmacro %}
