{#
    The quarantined rows on the days that a run recomputes, with those that have no day by which they could be found: of these, all
    are validated again.

    this_run, validated, days: int_<source>_usage_this_run, _usage_validated and _days_to_recompute; day: the UTC day of a row.
#}
{% macro quarantined_rows(this_run, validated, days, day='this_run.usage_date_utc', is_undated='usage_date_utc is null') -%}
select this_run.*
from {{ this_run }} as this_run
inner join {{ days }} as days
    on
        this_run.source_instance = days.source_instance
        and {{ day }} = days.recompute_date
where
    days.is_stale
    and this_run.quarantine_reasons is not null

union all

select *
from {{ validated }}
where
    {{ is_undated }}
    and quarantine_reasons is not null
{%- endmacro %}


{#
    The excluded rows on the days that a run recomputes, with the reason.

    exclusions: int_<source>_exclusions; columns: what it says besides the reason.
#}
{% macro excluded_rows(this_run, exclusions, days, day='this_run.usage_date_utc', columns=[]) -%}
select
    this_run.*,
    exclusions.exclusion_reason
    {%- for column in columns %},
    exclusions.{{ column }}
    {%- endfor %}
from {{ this_run }} as this_run
inner join {{ days }} as days
    on
        this_run.source_instance = days.source_instance
        and {{ day }} = days.recompute_date
inner join {{ exclusions }} as exclusions
    on
        this_run.source_instance = exclusions.source_instance
        and this_run.row_key = exclusions.row_key
where
    days.is_stale
    and this_run.quarantine_reasons is null
{%- endmacro %}


{# The rows on the days that a run reads which are neither quarantined nor excluded; is_stale: whether it recomputes their day. #}
{% macro counted_rows(this_run, exclusions, days) -%}
select
    this_run.*,
    days.is_stale
from {{ this_run }} as this_run
inner join {{ days }} as days
    on
        this_run.source_instance = days.source_instance
        and this_run.usage_date_utc = days.recompute_date
left join {{ exclusions }} as exclusions
    on
        this_run.source_instance = exclusions.source_instance
        and this_run.row_key = exclusions.row_key
where
    this_run.quarantine_reasons is null
    and exclusions.row_key is null
{%- endmacro %}
