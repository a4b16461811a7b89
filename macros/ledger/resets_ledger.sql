{#
    True if the command line says reset_ledger: --full-refresh never reaches the ledger, and a line
    forgotten in dbt_project.yml must not forget with every run.
#}
{% macro resets_ledger() %}
    {{ return(var('reset_ledger', false) and 'reset_ledger' in invocation_args_dict.get('vars', {}) | string) }}
{% endmacro %}
