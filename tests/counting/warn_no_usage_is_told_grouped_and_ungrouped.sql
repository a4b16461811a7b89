{{ config(severity='warn', enabled='provider' in var('sources_enabled')) }}

-- Windows that name a project, user, API key or tier, and windows that name none, tell the same tokens of a key, model
-- and day: a collector that changed how it groups may have fetched them twice. Both count, because no name is a group, too.

with usage as (

    select
        source_instance,
        usage_date_utc,
        provider_key_id,
        model_id,
        coalesce(project_id, openai_user_id, openai_api_key_id, service_tier) is not null as is_grouped,
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
        sum(case when is_grouped then input_tokens else 0 end) as grouped_input_tokens,
        sum(case when is_grouped then output_tokens else 0 end) as grouped_output_tokens,
        sum(case when is_grouped then 0 else input_tokens end) as ungrouped_input_tokens,
        sum(case when is_grouped then 0 else output_tokens end) as ungrouped_output_tokens
    from usage
    group by 1, 2, 3, 4

)

select *
from told
where
    grouped_input_tokens = ungrouped_input_tokens
    and grouped_output_tokens = ungrouped_output_tokens
    and grouped_input_tokens + grouped_output_tokens > 0
