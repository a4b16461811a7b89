{# What shapes the rows that a consumer counts, as JSON: variables with their values, and the seed of steps. #}
{% macro fingerprint(consumer) %}
    {% set shaping = {
        'int_provider_usage_daily': [
            'reporting_timezone', 'max_window_hours', 'max_future_hours', 'max_quantity', 'earliest_usage_date',
            'requests_beside_windows',
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
    {% set values = {'rules': 5} %}
    {% for name in shaping[consumer] %}
        {% do values.update({name: var(name)}) %}
    {% endfor %}
    {% if execute and consumer == 'int_provider_usage_daily' %}
        {% do values.update({'seed context_steps': graph.nodes['seed.tokenmart.context_steps'].checksum.checksum}) %}
    {% endif %}
    {{ return(tojson(values, sort_keys=true)) }}
{% endmacro %}
