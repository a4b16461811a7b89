{#
    A hash of a whole row, to see whether it has changed. It is compared with hashes that the same
    engine wrote, never across engines.
#}
{% macro content_hash(alias) %}
    {{- return(adapter.dispatch('content_hash', 'tokenmart')(alias)) -}}
{% endmacro %}

{% macro default__content_hash(alias) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{#
    Forty times as fast as md5 over text. A DuckDB release that hashes otherwise costs one more version a row, no error.
    Of a decimal in 128 bits it hashes the smallest number below zero as it hashes zero, so the sign is looked at, too.
#}
{% macro duckdb__content_hash(alias) -%}
    hash({{ alias }}
    {%- for column in model.columns.values() if (tokenmart.precision_and_scale(column.data_type or '') or [0])[0] > 18 -%}
        , {{ alias }}.{{ column.name }} < 0
    {%- endfor -%}
    )
{%- endmacro %}

{% macro postgres__content_hash(alias) -%}
    md5(cast({{ alias }} as text))
{%- endmacro %}
