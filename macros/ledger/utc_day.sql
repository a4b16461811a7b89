{#
    The UTC day of a row of usage as a column of the ledger, which finds the rows of a day by it without
    reading all others; nothing for a parent, which has no moments.
#}
{% macro utc_day(alias, moments) -%}
    {%- if moments -%}
        {{ tokenmart.day_of(alias, moments) }} as usage_date_utc,
    {% endif -%}
{%- endmacro %}


{% macro day_of(alias, moments) -%}
    {%- set qualified = [] -%}
    {%- for moment in moments -%}
        {%- do qualified.append(alias ~ '.' ~ moment) -%}
    {%- endfor -%}
    cast(coalesce({{ qualified | join(', ') }}) as date)
{%- endmacro %}
