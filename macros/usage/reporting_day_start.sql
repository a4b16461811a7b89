{#
    The UTC moment at which a day of the reporting time zone begins: the first of which the date is that day.
    Where clocks change at midnight, the offset that was in force before decides: a midnight that is
    skipped is the moment of the change, and of two midnights it is the first.

    Not in its one caller: test_engine_traps holds the engines to one answer.
#}
{% macro reporting_day_start(day) -%}
    {%- if var('reporting_timezone') == 'UTC' -%}
        cast({{ day }} as timestamp)
    {%- else -%}
        {%- set zone = tokenmart.literal(var('reporting_timezone')) -%}
        {%- set midnight -%} cast({{ day }} as timestamp) {%- endset -%}
        {%- set by_zone -%} ({{ midnight }} at time zone {{ zone }} at time zone 'UTC') {%- endset -%}
        {%- set hours_before -%} ({{ by_zone }} - interval '3 hours') {%- endset -%}
        {%- set offset_before -%} (({{ hours_before }} at time zone 'UTC' at time zone {{ zone }}) - {{ hours_before }}) {%- endset -%}
        case
            when {{ tokenmart.to_reporting_date(midnight ~ ' - ' ~ offset_before) }} = cast({{ day }} as date)
                then {{ midnight }} - {{ offset_before }}
            else {{ by_zone }}
        end
    {%- endif -%}
{%- endmacro %}
