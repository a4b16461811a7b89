{#
    True if the command line says reset_ledger: --full-refresh never reaches the ledger, and a line
    forgotten in dbt_project.yml must not forget with every run.
#}
{% macro resets_ledger() %}
    {{ return(var('reset_ledger', false) and 'reset_ledger' in invocation_args_dict.get('vars', {}) | string) }}
{% endmacro %}


{#
    In the transaction that resets a ledger: nobody has counted anything of it, whichever run comes next. The batches of
    a new ledger have the numbers of the old.
#}
{% macro forget_what_was_counted() %}
    {% set watermarks = tokenmart.built_relation('int_watermarks') if execute and tokenmart.resets_ledger() %}
    {%- if watermarks -%}
        delete from {{ watermarks }} where ledger = '{{ this.identifier }}'
    {%- endif -%}
{% endmacro %}
