{#
    The UTC day of a row of usage as a column of the ledger, which finds the rows of a day by it without
    reading all others; nothing for a parent, which is of no day.
#}
{% macro utc_day(alias) -%}
    {%- if tokenmart.moments(model) -%}
        {{ tokenmart.day_of(tokenmart.moments(model), alias ~ '.') }} as usage_date_utc,
    {% endif -%}
{%- endmacro %}


{# The columns of a ledger of which the first that is filled says on which day a row stands. #}
{% macro moments(node) %}
    {{ return((node.config.meta or {}).get('moments', [])) }}
{% endmacro %}


{% macro day_of(moments, prefix='') -%}
    {%- set filled = [] -%}
    {%- for moment in moments -%}
        {%- do filled.append(prefix ~ moment) -%}
    {%- endfor -%}
    cast({{ tokenmart.finite('coalesce(' ~ filled | join(', ') ~ ')') }} as date)
{%- endmacro %}
