{# The variables that shape what a consumer counts, with their values. #}
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
    {% set values = {} %}
    {% for name in shaping[consumer] %}
        {% do values.update({name: var(name)}) %}
    {% endfor %}
    {{ return(tojson(values, sort_keys=true)) }}
{% endmacro %}
