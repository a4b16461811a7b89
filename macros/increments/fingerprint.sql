{#
    What shapes the rows that a consumer counts, as JSON: variables with their values, and the steps of context, as the
    file has them and as they are loaded: `dbt run` loads no seeds.
#}
{% macro fingerprint(consumer) %}
    {% set shaping = {
        'int_provider_usage_daily': [
            'reporting_timezone', 'max_window_hours', 'max_future_hours', 'max_quantity', 'earliest_usage_date',
            'requests_beside_windows', 'input_beside_cache',
        ],
        'int_voice_usage_daily': [
            'reporting_timezone', 'max_future_hours', 'max_quantity', 'earliest_usage_date', 'voice_retry_seconds',
        ],
        'int_agents_usage_daily': [
            'reporting_timezone', 'level_resource_types', 'max_period_days', 'max_future_hours', 'max_quantity',
            'earliest_usage_date',
        ],
    } %}
    {# raised when daily rows or facts get another column, or the models before them another rule #}
    {% set values = {'rules': 10} %}
    {% for name in shaping[consumer] %}
        {% do values.update({name: var(name)}) %}
    {% endfor %}
    {% if execute and consumer == 'int_provider_usage_daily' %}
        {# a project that has tokenmart as a package may have put its own in the place of ours #}
        {% for seed in graph.nodes.values() if seed.resource_type == 'seed' and seed.name == 'context_steps' %}
            {% do values.update({'seed context_steps': seed.checksum.checksum}) %}
            {% set loaded = adapter.get_relation(seed.database, seed.schema, seed.alias) %}
            {% if loaded is not none %}
                {% set rows = run_query("select model_id, above_input_tokens, context_band from " ~ loaded ~ " order by 1, 2, 3") %}
                {% do values.update({'loaded context_steps': local_md5(rows.rows | map('join', ' ') | join('\n'))}) %}
            {% endif %}
        {% endfor %}
    {% endif %}
    {{ return(tojson(values, sort_keys=true)) }}
{% endmacro %}
