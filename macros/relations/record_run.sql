{# Adds the run that ends to audit_runs, if that is built. A hook, because only the end of a run knows how it ended. #}
{% macro record_run(results) %}
    {% if not execute %}{{ return('') }}{% endif %}
    {% set runs = graph.nodes.get('model.tokenmart.audit_runs') %}
    {% set built = results | map(attribute='node') | selectattr('resource_type', 'equalto', 'model') | map(attribute='name') | list %}
    {% if not runs or not built or flags.WHICH not in ['build', 'run', 'retry']
        or not adapter.get_relation(runs.database, runs.schema, runs.alias) %}{{ return('') }}{% endif %}
    {% set succeeded = results | selectattr('status', 'equalto', 'success') | map(attribute='node')
        | selectattr('resource_type', 'equalto', 'model') | map(attribute='name') | list %}
    {% set failures = results | selectattr('status', 'in', ['error', 'fail', 'runtime error', 'partial success'])
        | map(attribute='node') | map(attribute='name') | list %}
    {% set audit = graph.nodes.get('model.tokenmart.audit_usage_conservation', {}) %}
    {% set accounted = ['rows_in', 'rows_counted', 'rows_excluded', 'rows_quarantined'] %}
    {% set left_out = [] %}
    {% for node in tokenmart.built_nodes() if tokenmart.is_ledger(node) and node.unique_id not in selected_resources %}
        {% do left_out.append(node.name) %}
    {% endfor %}
    {% set columns = {
        'run_id': tokenmart.literal(invocation_id),
        'source_instance': tokenmart.literal(var('source_instance')),
        'command': tokenmart.literal(flags.WHICH),
        'started_at': "cast('" ~ run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') ~ "' as timestamp)",
        'ended_at': "cast('" ~ modules.datetime.datetime.now(modules.pytz.utc).strftime('%Y-%m-%d %H:%M:%S.%f') ~ "' as timestamp)",
        'as_of': tokenmart.as_of(),
        'outcome': "'failure'" if failures else "'success'",
        'reads_sources': not left_out and audit.unique_id in selected_resources,
        'models_built': succeeded | length,
        'warning_count': results | selectattr('status', 'equalto', 'warn') | list | length,
        'failure_count': failures | length,
        'failures': tokenmart.literal(failures[:10] | join(', ')) if failures else 'null',
    } %}
    {% for name in accounted %}
        {% do columns.update({name: 'coalesce(sum(' ~ name ~ '), 0)' if audit.name in succeeded else 'null'}) %}
    {% endfor %}
    insert into {{ runs.relation_name }} ({{ columns | join(', ') }})
    select {{ columns.values() | join(', ') }}
    {{ 'from ' ~ audit.relation_name if audit.name in succeeded }}
{% endmacro %}
