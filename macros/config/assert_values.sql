{# The other variables have values of their kind. #}
{% macro assert_values() %}
    {% set problems = [] %}
    {% set optional = ['source_overlap_days'] if var('source_overlap_days') is not none else [] %}
    {% for name in [
        'max_period_days', 'max_window_hours', 'max_future_hours', 'max_quantity', 'voice_retry_seconds', 'provisional_days',
    ] + optional %}
        {% if var(name) is boolean or var(name) is not integer or var(name) < 0 %}
            {% do problems.append(name ~ " must be a whole number that is not negative; it is '" ~ var(name) ~ "'.") %}
        {% endif %}
    {% endfor %}
    {% for name in ['as_of', 'earliest_usage_date'] if var(name) is not none %}
        {% if not modules.re.fullmatch('\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d([.]\d{1,6})?)?)?', var(name) | string) %}
            {% do problems.append(name ~ " must be like 2026-01-31 or 2026-01-31 12:00:00, in UTC; it is '" ~ var(name) ~ "'.") %}
        {% endif %}
    {% endfor %}
    {% if var('earliest_usage_date') | string < '0002-01-01' %}
        {% do problems.append("earliest_usage_date must not lie before 0002-01-01; it is '" ~ var('earliest_usage_date') ~ "'.") %}
    {% endif %}
    {% for name in ['start_date', 'end_date'] if var(name) is not none %}
        {% if not modules.re.fullmatch('\d{4}-\d\d-\d\d', var(name) | string) %}
            {% do problems.append(name ~ " must be like 2026-01-31; it is '" ~ var(name) ~ "'.") %}
        {% endif %}
    {% endfor %}
    {% if var('requests_beside_windows') not in ['window', 'day'] %}
        {% do problems.append("requests_beside_windows must be window or day; it is '" ~ var('requests_beside_windows') ~ "'.") %}
    {% endif %}
    {% for name, example in {'level_resource_types': 'storage_mb', 'input_beside_cache': 'claude'}.items() %}
        {% if var(name) is string or var(name) is mapping or var(name) is not iterable %}
            {% do problems.append(name ~ " must be a list, such as [" ~ example ~ "].") %}
        {% endif %}
    {% endfor %}
    {% if var('source_instance') is not string or not var('source_instance') %}
        {% do problems.append("source_instance must be a name, such as main; it is '" ~ var('source_instance') ~ "'.") %}
    {% endif %}
    {% for name in ['reconciliation_tolerance_usd', 'reconciliation_tolerance_share'] %}
        {% if var(name) is boolean or var(name) is not number or var(name) < 0 or (name.endswith('share') and var(name) > 1) %}
            {% do problems.append(
                name ~ " must be a number that is not negative" ~ (", and at most 1" if name.endswith('share')) ~ "; it is '" ~ var(name) ~ "'."
            ) %}
        {% endif %}
    {% endfor %}
    {% do problems.extend(tokenmart.cost_basis_problems()) %}
    {% do problems.extend(tokenmart.observed_through_problems()) %}
    {% if problems %}
        {{ exceptions.raise_compiler_error("The variable " ~ problems | join("\nThe variable ")) }}
    {% endif %}
{% endmacro %}
