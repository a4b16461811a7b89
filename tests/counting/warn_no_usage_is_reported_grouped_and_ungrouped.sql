{{ config(severity='warn', enabled='provider' in var('sources_enabled')) }}

-- Windows that name a project, user, API key or tier, and windows that name less of these, report the same tokens of a key,
-- model and day: a collector that changed how it groups may have fetched them twice. Both count, because no name is a
-- group, too.

{%- set dimensions = ['project_id', 'openai_user_id', 'openai_api_key_id', 'service_tier'] %}

with usage as (

    select
        source_instance,
        usage_date_utc,
        provider_key_id,
        model_id,
        {%- for column in dimensions %}
        case when {{ column }} is null then 0 else 1 end as {{ column }}_is_named,
        {%- endfor %}
        input_tokens,
        output_tokens
    from {{ ref('fct_provider_usage_daily') }}

),

told as (

    select
        source_instance,
        usage_date_utc,
        provider_key_id,
        model_id,
        {%- for column in dimensions %}
        {{ column }}_is_named,
        {%- endfor %}
        sum(input_tokens) as input_tokens,
        sum(output_tokens) as output_tokens
    from usage
    group by 1, 2, 3, 4, 5, 6, 7, 8
    having sum(input_tokens + output_tokens) > 0

)

select distinct told.*
from told
inner join told as others
    on
        told.source_instance = others.source_instance
        and told.usage_date_utc = others.usage_date_utc
        and told.provider_key_id = others.provider_key_id
        and told.model_id = others.model_id
        {%- for column in dimensions %}
        and told.{{ column }}_is_named <= others.{{ column }}_is_named
        {%- endfor %}
        and (
            {%- for column in dimensions %}
            {{ 'or ' if not loop.first }}told.{{ column }}_is_named < others.{{ column }}_is_named
            {%- endfor %}
        )
        and told.input_tokens = others.input_tokens
        and told.output_tokens = others.output_tokens
