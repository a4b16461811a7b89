{# The days from start_date to end_date, where a run is asked to count them anew; either may be left open. #}
{% macro rebuilt_days(ledger) %}
    {%- if var('start_date') or var('end_date') %}

    union all

    select
        source_instance,
        usage_date_utc
    from {{ ledger }}
    where
        usage_date_utc is not null
        {%- if var('start_date') %}
        and usage_date_utc >= cast({{ tokenmart.literal(var('start_date')) }} as date)
        {%- endif %}
        {%- if var('end_date') %}
        and usage_date_utc <= cast({{ tokenmart.literal(var('end_date')) }} as date)
        {%- endif %}
    {%- endif %}
{%- endmacro %}
