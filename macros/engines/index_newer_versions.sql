{#
    After a ledger is written: an index of the few second and later versions of a row, by which those that they supersede are
    found (ledger_current) without reading the whole ledger for it, where an engine would do that. A row's first version costs
    nothing in it. A ledger that is reset gets its index from the run after, because the name is taken until the old one is gone.
#}
{% macro index_newer_versions() %}
    {{- return(adapter.dispatch('index_newer_versions', 'tokenmart')()) -}}
{% endmacro %}

{% macro default__index_newer_versions() %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__index_newer_versions() %}{% endmacro %}

{% macro postgres__index_newer_versions() -%}
    create index if not exists {{ adapter.quote(this.identifier ~ '_newer') }}
    on {{ this }} (source_instance, row_key, row_version)
    where row_version > 1
{%- endmacro %}
