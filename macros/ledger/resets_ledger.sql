{#
    True if the command line says reset_ledger: forget_everything. --full-refresh never reaches the ledger, a line
    forgotten in dbt_project.yml must not forget with every run, and no switch that is set by accident (true, "false") forgets.
#}
{% macro resets_ledger() %}
    {{ return(
        var('reset_ledger', false) == 'forget_everything' and 'reset_ledger' in invocation_args_dict.get('vars', {}) | string
    ) }}
{% endmacro %}
