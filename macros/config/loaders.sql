{#
    What each loader calls its tables and columns, by provider: {usage, costs: {table, columns}}. docs/loaders.md says where these
    names were read, and what is to be known of them.

      table      the loader's own name for it; none if whoever loads chooses one
      columns    {the name that provider_columns gives it: the loader's}. dlt nests: bucket is the table itself, result the table
                 <table>__results that hangs on it.
#}
{% macro loaders() %}
    {% set fivetran_marks = {'loaded_at': '_fivetran_synced', 'is_deleted': '_fivetran_deleted'} %}
    {% set openai_names = [
        'project_id', 'user_id', 'api_key_id', 'model', 'batch', 'service_tier',
        'input_tokens', 'output_tokens', 'num_model_requests', 'input_cached_tokens', 'input_cache_write_tokens', 'input_uncached_tokens',
        'input_text_tokens', 'input_cached_text_tokens', 'input_audio_tokens', 'input_cached_audio_tokens',
        'input_image_tokens', 'input_cached_image_tokens', 'output_text_tokens', 'output_audio_tokens', 'output_image_tokens',
    ] %}
    {% set anthropic_dimensions = ['workspace_id', 'model', 'service_tier', 'context_window', 'inference_geo'] %}
    {% set anthropic_cost_names = anthropic_dimensions + ['description', 'cost_type', 'token_type', 'amount', 'currency'] %}
    {% set bucket_names = {'starts_at': 'bucket_start', 'ends_at': 'bucket_end'} %}
    {{ return({
        'fivetran': {
            'openai': {
                'usage': {'table': 'completion', 'columns': dict(
                    {'starts_at': 'start_time', 'ends_at': 'end_time'},
                    project_id='project_id', user_id='user_id', api_key_id='api_key_id', model='model', batch='batch', service_tier='service_tier',
                    input_tokens='input_token', output_tokens='output_token', num_model_requests='num_model_request',
                    input_cached_tokens='input_cached_token', input_audio_tokens='input_audio_token', output_audio_tokens='output_audio_token',
                    **fivetran_marks
                )},
                'costs': {'table': 'cost', 'columns': dict(
                    starts_at='start_time', project_id='project_id', line_item='line_item', amount='amount_value', currency='amount_currency',
                    **fivetran_marks
                )},
            },
            'anthropic': {
                'usage': {'table': 'message_usage_report', 'columns': dict(
                    starts_at='starting_at', ends_at='ending_at', workspace_id='workspace_id', api_key_id='api_key_id', model='model',
                    service_tier='service_tier', context_window='context_window', uncached_input_tokens='uncached_input_token',
                    cache_read_input_tokens='cache_read_input_token',
                    cache_creation_5m_tokens='cache_creation_ephemeral_5_m_input_token',
                    cache_creation_1h_tokens='cache_creation_ephemeral_1_h_input_token', output_tokens='output_token',
                    **fivetran_marks
                )},
                'costs': {'table': 'cost_report', 'columns': dict(
                    tokenmart.named_alike(anthropic_cost_names), starts_at='starting_at', **fivetran_marks
                )},
            },
        },
        'dlt': {
            'openai': {
                'usage': {'table': none, 'columns': dict(
                    tokenmart.named_alike(openai_names, 'result.'),
                    starts_at='bucket.start_time', ends_at='bucket.end_time', loaded_at='bucket._dlt_load_id'
                )},
                'costs': {'table': none, 'columns': dict(
                    tokenmart.named_alike(['project_id', 'api_key_id', 'line_item', 'quantity'], 'result.'),
                    starts_at='bucket.start_time', amount='result.amount__value', currency='result.amount__currency',
                    loaded_at='bucket._dlt_load_id'
                )},
            },
            'anthropic': {
                'usage': {'table': none, 'columns': dict(
                    tokenmart.named_alike(
                        anthropic_dimensions + ['api_key_id', 'uncached_input_tokens', 'cache_read_input_tokens', 'output_tokens'], 'result.'
                    ),
                    starts_at='bucket.starting_at', ends_at='bucket.ending_at',
                    cache_creation_5m_tokens='result.cache_creation__ephemeral_5m_input_tokens',
                    cache_creation_1h_tokens='result.cache_creation__ephemeral_1h_input_tokens', loaded_at='bucket._dlt_load_id'
                )},
                'costs': {'table': none, 'columns': dict(
                    tokenmart.named_alike(anthropic_cost_names, 'result.'),
                    starts_at='bucket.starting_at', loaded_at='bucket._dlt_load_id'
                )},
            },
        },
        'ingestr': {
            'openai': {
                'usage': {'table': 'api_usage', 'columns': dict(tokenmart.named_alike(openai_names), **bucket_names)},
            },
            'anthropic': {
                'usage': {'table': 'usage_report', 'columns': dict(
                    tokenmart.named_alike(
                        anthropic_dimensions + ['api_key_id', 'uncached_input_tokens', 'cache_read_input_tokens', 'output_tokens']
                        + ['cache_creation_5m_tokens', 'cache_creation_1h_tokens']
                    ),
                    **bucket_names
                )},
                'costs': {'table': 'cost_report', 'columns': dict(
                    tokenmart.named_alike(anthropic_cost_names), starts_at='bucket_start'
                )},
            },
        },
    }) }}
{% endmacro %}


{# Columns that a loader calls as provider_columns does. #}
{% macro named_alike(names, prefix='') %}
    {% set columns = {} %}
    {% for name in names %}
        {% do columns.update({name: prefix ~ name}) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}


{#
    What is read of a provider's usage or costs, whoever loaded it: {column: kind}.

      moment, text, flag      a dimension: rows that agree in all of these are one row
      count, amount           what was measured
      mark                    of the loader: when a row was loaded, and whether it is gone
#}
{% macro provider_columns(provider, part) %}
    {% set marks = {'loaded_at': 'mark', 'is_deleted': 'mark'} %}
    {% if part == 'costs' %}
        {% set dimensions = {
            'openai': ['project_id', 'api_key_id', 'line_item', 'currency'],
            'anthropic': [
                'workspace_id', 'description', 'cost_type', 'token_type', 'model', 'service_tier', 'context_window', 'inference_geo', 'currency',
            ],
        } %}
        {{ return(dict({'starts_at': 'moment'}, **dict(
            tokenmart.of_kind('text', dimensions[provider]), amount='amount', quantity='amount', **marks
        ))) }}
    {% endif %}
    {% set windows = {'starts_at': 'moment', 'ends_at': 'moment'} %}
    {% if provider == 'anthropic' %}
        {{ return(dict(windows, **dict(
            tokenmart.of_kind('text', ['workspace_id', 'api_key_id', 'model', 'service_tier', 'context_window', 'inference_geo']),
            **dict(tokenmart.of_kind('count', [
                'uncached_input_tokens', 'cache_read_input_tokens', 'cache_creation_5m_tokens', 'cache_creation_1h_tokens', 'output_tokens',
            ]), **marks)
        ))) }}
    {% endif %}
    {{ return(dict(windows, **dict(
        tokenmart.of_kind('text', ['project_id', 'user_id', 'api_key_id', 'model', 'service_tier']), batch='flag',
        **dict(tokenmart.of_kind('count', [
            'input_tokens', 'output_tokens', 'num_model_requests', 'input_cached_tokens', 'input_uncached_tokens', 'input_cache_write_tokens',
            'input_text_tokens', 'input_cached_text_tokens', 'input_audio_tokens', 'input_cached_audio_tokens',
            'input_image_tokens', 'input_cached_image_tokens', 'output_text_tokens', 'output_audio_tokens', 'output_image_tokens',
        ]), **marks)
    ))) }}
{% endmacro %}


{% macro of_kind(kind, names) %}
    {% set columns = {} %}
    {% for name in names %}
        {% do columns.update({name: kind}) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}


{# The columns without which a provider's usage or costs would be misread; all others may be missing. #}
{% macro needed_columns(provider, part) %}
    {% if part == 'costs' %}
        {{ return(['starts_at', 'amount']) }}
    {% elif provider == 'anthropic' %}
        {{ return(['starts_at', 'ends_at', 'model', 'uncached_input_tokens', 'output_tokens']) }}
    {% endif %}
    {{ return(['starts_at', 'ends_at', 'model', 'input_tokens', 'output_tokens']) }}
{% endmacro %}


{# The table of an entry of loader_tables for its usage or costs: the one that it names, else the loader's own; none if it has none. #}
{% macro loader_table(entry, part) %}
    {% set known = tokenmart.loaders()[entry.loader][entry.provider].get(part) %}
    {% if known %}
        {{ return(entry.get(part ~ '_table', known.table)) }}
    {% endif %}
    {{ return(none) }}
{% endmacro %}
