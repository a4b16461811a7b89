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
    {%- set signs, signs_before = [], [] -%}
    {%- for column in model.columns.values() if (tokenmart.precision_and_scale(column.data_type or '') or [0])[0] > 18 -%}
        {%- set sign = ', ' ~ alias ~ '.' ~ column.name ~ ' < 0' -%}
        {%- do signs.append(sign) -%}
        {%- do signs_before.append(sign) if column.name not in tokenmart.hashed_if_filled() -%}
    {%- endfor -%}
    {%- set whole = 'hash(' ~ alias ~ signs | join ~ ')' -%}
    {%- if tokenmart.hashed_if_filled() -%}
        case
            when {{ tokenmart.fills_none(alias) }}
                then hash(row({{ tokenmart.columns_hashed_before(alias) }}){{ signs_before | join }})
            else {{ whole }}
        end
    {%- else -%}
        {{ whole }}
    {%- endif -%}
{%- endmacro %}

{% macro postgres__content_hash(alias) -%}
    {%- set whole = 'md5(cast(' ~ alias ~ ' as text))' -%}
    {%- if tokenmart.hashed_if_filled() -%}
        case
            when {{ tokenmart.fills_none(alias) }}
                then md5(cast(row({{ tokenmart.columns_hashed_before(alias) }}) as text))
            else {{ whole }}
        end
    {%- else -%}
        {{ whole }}
    {%- endif -%}
{%- endmacro %}
