{#
    What each variable may be, for assert_values. docs/configuration.md says what each does.

      kind     whole number, number, name, names (a list of them), identifier, one of, some of (a list), moment, day; else a macro of its own looks at it
      least, most    of a number, both inclusive
      is_of_a_run    whether it says what one run does, and shapes no row (rules)
      is_recomputed  whether a change recomputes all days, because it changes no total; others stop the build (assert_same_variables)
#}
{% macro variables() %}
    {% set variables = {
        'sources_enabled': {'kind': 'sources', 'is_of_a_run': true},
        'source_instance': {'kind': 'name', 'example': 'main', 'is_of_a_run': true},
        'loader_tables': {'kind': 'loader_tables', 'is_of_a_run': true},
        'reporting_timezone': {'kind': 'name', 'example': 'UTC'},
        'voice_default_model': {'kind': 'name', 'example': 'gpt-realtime'},
        'level_resource_types': {'kind': 'names', 'example': 'storage_mb'},
        'input_beside_cache': {'kind': 'names', 'example': 'claude'},
        'usage_dimensions': {'kind': 'some of', 'values': ['end_user', 'session', 'team', 'tags'], 'is_recomputed': true},
        'max_period_days': {'kind': 'whole number', 'least': 0, 'most': 36500},
        'max_window_hours': {'kind': 'whole number', 'least': 0, 'most': 9000},
        'max_future_hours': {'kind': 'whole number', 'least': 0, 'most': 900000},
        'max_quantity': {'kind': 'whole number', 'least': 0, 'most': 100000000000000000},
        'earliest_usage_date': {'kind': 'moment'},
        'requests_beside_windows': {'kind': 'one of', 'values': ['window', 'day']},
        'voice_retry_seconds': {'kind': 'whole number', 'least': 0, 'most': 86400},
        'source_overlap_days': {'kind': 'whole number', 'least': 0, 'most': 36500, 'is_optional': true, 'is_of_a_run': true},
        'provisional_days': {'kind': 'whole number', 'least': 0, 'most': 36500},
        'cost_basis': {'kind': 'cost_basis'},
        'observed_through': {'kind': 'observed_through'},
        'shared_cost_method': {'kind': 'one of', 'values': ['none', 'direct_cost', 'tokens', 'even']},
        'reconciliation_tolerance_usd': {'kind': 'number', 'least': 0, 'most': 1000000000},
        'reconciliation_tolerance_share': {'kind': 'number', 'least': 0, 'most': 1},
        'forecast_minimum_days': {'kind': 'whole number', 'least': 7, 'most': 56},
        'anomaly_days': {'kind': 'whole number', 'least': 1, 'most': 400},
        'anomaly_minimum_days': {'kind': 'whole number', 'least': 7, 'most': 42},
        'anomaly_minimum_usd': {'kind': 'number', 'least': 0, 'most': 1000000000},
        'anomaly_deviations': {'kind': 'number', 'least': 0, 'most': 100},
        'as_of': {'kind': 'moment', 'is_optional': true, 'is_of_a_run': true},
        'start_date': {'kind': 'day', 'is_optional': true, 'is_of_a_run': true},
        'end_date': {'kind': 'day', 'is_optional': true, 'is_of_a_run': true},
        'allow_copied_installation': {'kind': 'one of', 'values': [false, true], 'is_of_a_run': true},
        'reset_ledger': {'kind': 'one of', 'values': [false, 'forget_everything'], 'is_optional': true, 'is_of_a_run': true},
    } %}
    {% for source in ['provider', 'agents', 'voice', 'billing'] %}
        {% do variables.update({
            source ~ '_database': {'kind': 'identifier', 'example': 'app', 'is_optional': true},
            source ~ '_schema': {'kind': 'identifier', 'example': 'raw_' ~ source},
        }) %}
    {% endfor %}
    {{ return(variables) }}
{% endmacro %}


{# What is wrong with the value of a variable by itself, as the end of a sentence; none if nothing is. #}
{% macro value_problem(value, rule) %}
    {% if value is none %}
        {{ return(none if rule.is_optional else "must be set") }}
    {% elif rule.kind == 'whole number' and (value is boolean or value is not integer or not rule.least <= value <= rule.most) %}
        {{ return("must be a whole number that is not negative, and at most " ~ rule.most) }}
    {% elif rule.kind == 'number' and (value is boolean or value is not number or not rule.least <= value <= rule.most) %}
        {{ return("must be a number that is not negative, and at most " ~ rule.most) }}
    {% elif rule.kind == 'name' and not tokenmart.is_name(value) %}
        {{ return("must be a name, such as " ~ rule.example) }}
    {# dbt puts it between quotes as it is #}
    {% elif rule.kind == 'identifier' and (not tokenmart.is_name(value) or modules.re.search('[\'";]', value)) %}
        {{ return("must be a name without quotes and semicolons, such as " ~ rule.example) }}
    {% elif rule.kind == 'names' and not tokenmart.is_list_of_names(value) %}
        {{ return("must be a list of names, such as [" ~ rule.example ~ "]") }}
    {# to Jinja, 1 is in [true] #}
    {% elif rule.kind == 'one of' and (value not in rule['values'] or value is number and value is not boolean) %}
        {{ return("must be " ~ rule['values'] | join(' or ') | lower) }}
    {% elif rule.kind == 'some of' and (not tokenmart.is_list_of_names(value) or value | reject('in', rule['values']) | list or value | unique | list | length < value | length) %}
        {{ return("must be a list of " ~ rule['values'] | join(', ') ~ ", each at most once, such as [" ~ rule['values'][0] ~ "]") }}
    {% elif rule.kind == 'moment' and not tokenmart.is_calendar_moment(value | string) %}
        {{ return("must be like 2026-01-31 or 2026-01-31 12:00:00, in UTC, in a year from 2 to 9998") }}
    {% elif rule.kind == 'day' and not tokenmart.is_calendar_day(value | string) %}
        {{ return("must be like 2026-01-31, in a year from 2 to 9998") }}
    {% endif %}
    {{ return(none) }}
{% endmacro %}


{# True for a text that says something, on one line. #}
{% macro is_name(value) %}
    {{ return(value is string and value | trim != '' and modules.re.search('[\x00-\x1f]', value) is none) }}
{% endmacro %}


{% macro is_list_of_names(values) %}
    {% if values is string or values is mapping or values is not sequence %}
        {{ return(false) }}
    {% endif %}
    {% for value in values if not tokenmart.is_name(value) %}
        {{ return(false) }}
    {% endfor %}
    {{ return(true) }}
{% endmacro %}


{# True if a text is a day from the year 2 to 9998 that the calendar has. #}
{% macro is_calendar_day(text) %}
    {% if not modules.re.fullmatch('[0-9]{4}-[0-9][0-9]-[0-9][0-9]', text) %}
        {{ return(false) }}
    {% endif %}
    {% set year, month, day = text.split('-') | map('int') %}
    {% set is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) %}
    {% set days = [31, 29 if is_leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] %}
    {{ return(2 <= year <= 9998 and 1 <= month <= 12 and 1 <= day <= days[month - 1]) }}
{% endmacro %}


{# The same with a time of day, or without. #}
{% macro is_calendar_moment(text) %}
    {% set time = '[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?' %}
    {{ return(tokenmart.is_calendar_day(text[:10]) and (text | length == 10 or modules.re.fullmatch(time, text[10:]) is not none)) }}
{% endmacro %}
