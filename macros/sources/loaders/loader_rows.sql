{#
    The rows of an entry's table by the names that provider_columns gives, one for each combination of the dimensions: the last that was
    loaded, and of one load the largest. A window that is fetched again is another row of most loaders' tables.
#}
{% macro loader_rows(entry) %}
    {%- set columns = tokenmart.provider_columns(entry.provider, entry.part) -%}
    {%- set dimensions = [] -%}
    {%- set measures = [] -%}
    {%- for name, kind in columns.items() -%}
        {%- if kind in ['moment', 'text', 'flag'] -%}{%- do dimensions.append(name) -%}{%- endif -%}
        {%- if kind in ['count', 'amount'] -%}{%- do measures.append(name ~ ' desc nulls last') -%}{%- endif -%}
    {%- endfor -%}
        select
            *,
            row_number() over (
                partition by {{ dimensions | join(', ') }}
                order by loaded_at desc nulls last, {{ measures | join(', ') }}
            ) as place
        from (
            select
            {%- for name, kind in columns.items() %}
                {{ tokenmart.loader_column(entry, name, kind) }} as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
            from {{ entry['from'] }}
        ) as loaded_rows
        where not coalesce(is_deleted, false)
{%- endmacro %}


{# One column of a loader's table as its kind; null if the table does not have it. Moments are in UTC, and no text is empty. #}
{% macro loader_column(entry, name, kind) %}
    {%- set type_of_kind = {
        'moment': 'timestamp', 'text': dbt.type_string(), 'flag': 'boolean', 'count': dbt.type_bigint(), 'amount': 'numeric(35, 17)',
        'mark': 'boolean' if name == 'is_deleted' else dbt.type_string(),
    }[kind] -%}
    {%- set alias, theirs = entry['columns'].get(name, ['bucket', '']) -%}
    {%- set actual = tokenmart.source_columns(entry['relations'][alias]) -%}
    {%- if theirs not in actual -%}
        cast(null as {{ type_of_kind }})
    {%- else -%}
        {%- set value = alias ~ '.' ~ adapter.quote(theirs) -%}
        {%- set family = tokenmart.type_family(actual[theirs]) -%}
        {%- if name == 'loaded_at' -%}
            cast({{ tokenmart.zoned_to_utc(value) if family == 'zoned timestamp' else value }} as {{ type_of_kind }})
        {%- elif kind == 'text' -%}
            nullif(cast({{ value }} as {{ type_of_kind }}), '')
        {%- elif kind == 'amount' -%}
            {#- of a float the digits that it is written with, which are those that were loaded -#}
            {{ tokenmart.number_or_null('cast(cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ') as ' ~ type_of_kind ~ ')') }}
        {%- elif kind == 'moment' and family == 'whole number' -%}
            cast('1970-01-01' as timestamp) + {{ value }} * interval '1 second'
        {%- elif kind == 'moment' and family == 'zoned timestamp' -%}
            {{ tokenmart.zoned_to_utc(value) }}
        {%- elif kind == 'moment' and family == 'text' -%}
            {{ tokenmart.zoned_to_utc('cast(' ~ value ~ ' as timestamp with time zone)') }}
        {%- else -%}
            cast({{ value }} as {{ type_of_kind }})
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
