{#
    An entry's usage as rows of usage_events, one for each window and whoever used what in it. Rows that differ in something that
    usage_events does not name, such as the length of the context, are added up: as rows of their own they would be repeats.
#}
{% macro loaded_usage(entry) %}
    {%- set dimensions = tokenmart.loader_dimensions(entry.provider) -%}
    {%- set counts = tokenmart.usage_counts(entry.provider) -%}
    {#- any other list, or order, gives every row another id, under which it would count again -#}
    {%- set identity = [
        tokenmart.literal(entry.provider), tokenmart.literal(entry.account),
        tokenmart.epoch_us('window_start'), tokenmart.epoch_us('window_end'),
        'project_id', 'openai_user_id', 'openai_api_key_id', 'model', 'service_tier', 'batch',
    ] -%}
        select
            {{ tokenmart.stable_id(identity) }} as id,
            {{ entry.key }} as key_id,
            {{ tokenmart.literal(entry.loader ~ '_' ~ entry.provider) }} as reported_by,
            window_start as {{ adapter.quote('timestamp') }},
            {{ tokenmart.usage_columns() | join(',\n            ') }}
        from (
            select
                {%- for name in tokenmart.usage_columns() %}
                {%- if name in dimensions %}
                {{ dimensions[name] }} as {{ name }}
                {%- elif name in counts %}
                sum({{ counts[name] }}) as {{ name }}
                {%- else %}
                cast(null as {{ {'batch': 'boolean'}.get(name, dbt.type_string() if name in tokenmart.usage_names() else dbt.type_bigint()) }}) as {{ name }}
                {%- endif %}{{ ',' if not loop.last }}
                {%- endfor %}
            from (
{{ tokenmart.loader_rows(entry) }}
            ) as rows_by_load
            where place = 1
            group by {{ dimensions.values() | join(', ') }}
        ) as grouped
{%- endmacro %}


{# The columns of usage_events that loaders fill. #}
{% macro loaded_usage_columns() %}
    {{ return(['id', 'key_id', 'reported_by', 'timestamp'] + tokenmart.usage_columns()) }}
{% endmacro %}

{% macro usage_names() %}
    {{ return(['model', 'project_id', 'openai_user_id', 'openai_api_key_id', 'service_tier', 'batch']) }}
{% endmacro %}

{% macro usage_columns() %}
    {{ return(['window_start', 'window_end'] + tokenmart.usage_names() + [
        'num_model_requests', 'tokens_in', 'tokens_out', 'input_cached_tokens', 'input_uncached_tokens',
        'input_cache_write_tokens', 'input_cache_write_5m_tokens', 'input_cache_write_1h_tokens',
        'input_text_tokens', 'input_cached_text_tokens', 'input_audio_tokens', 'input_cached_audio_tokens',
        'input_image_tokens', 'input_cached_image_tokens', 'output_text_tokens', 'output_audio_tokens', 'output_image_tokens',
    ]) }}
{% endmacro %}


{# {column of usage_events: column of provider_columns} that say of what a row is. #}
{% macro loader_dimensions(provider) %}
    {% set dimensions = {
        'window_start': 'starts_at', 'window_end': 'ends_at', 'model': 'model', 'openai_api_key_id': 'api_key_id', 'service_tier': 'service_tier',
    } %}
    {% if provider == 'anthropic' %}
        {{ return(dict(dimensions, project_id='workspace_id', window_end=tokenmart.exclusive_end('ends_at'))) }}
    {% endif %}
    {{ return(dict(dimensions, project_id='project_id', openai_user_id='user_id', batch='batch')) }}
{% endmacro %}


{# An end written as the last second of the window, as Fivetran writes Anthropic's, is the next minute. #}
{% macro exclusive_end(moment) -%}
    case when extract(second from {{ moment }}) >= 59 then date_trunc('minute', {{ moment }}) + interval '1 minute' else {{ moment }} end
{%- endmacro %}


{#
    {column of usage_events: its sum over columns of provider_columns}. OpenAI's input is a total; Anthropic's classes are disjoint, and
    their sum is the total.
#}
{% macro usage_counts(provider) %}
    {% if provider == 'anthropic' %}
        {% set written = ['cache_creation_5m_tokens', 'cache_creation_1h_tokens'] %}
        {{ return({
            'tokens_in': tokenmart.sum_of_known(['uncached_input_tokens', 'cache_read_input_tokens'] + written),
            'tokens_out': 'output_tokens',
            'input_cached_tokens': 'cache_read_input_tokens',
            'input_uncached_tokens': 'uncached_input_tokens',
            'input_cache_write_tokens': tokenmart.sum_of_known(written),
            'input_cache_write_5m_tokens': 'cache_creation_5m_tokens',
            'input_cache_write_1h_tokens': 'cache_creation_1h_tokens',
        }) }}
    {% endif %}
    {% set counts = {'tokens_in': 'input_tokens', 'tokens_out': 'output_tokens'} %}
    {% for name, kind in tokenmart.provider_columns('openai', 'usage').items() if kind == 'count' and name in tokenmart.usage_columns() %}
        {% do counts.update({name: name}) %}
    {% endfor %}
    {{ return(counts) }}
{% endmacro %}


{# Null if all of them are. #}
{% macro sum_of_known(columns) -%}
    case when coalesce({{ columns | join(', ') }}) is not null then {% for column in columns %}coalesce({{ column }}, 0){{ ' + ' if not loop.last }}{% endfor %} end
{%- endmacro %}
