{{ config(materialized='view') }}

-- Grain: that of the three usage facts, one row for each of theirs, in the same columns; nothing is aggregated. What the
-- provider charged for no known usage has rows of its own, those of source_system 'billing': one for each line of the bill.
-- Guarantee: one row for each fact row, so rows, tokens and money equal those of the facts; where there is a bill,
-- cost_usd adds up to it.
-- Traps: an agent or a voice session runs on a provider key whose usage API reports the same tokens again. Add up rows
-- that are counted only (is_counted); the variable observed_through says which are not. Whose a cost is, agents' usage says
-- itself; of what else is used the seed cost_owners says it (owner_source).

{%- do tokenmart.assert_sources_enabled() %}
{%- for problem in tokenmart.observed_through_problems() %}
    {{ exceptions.raise_compiler_error("The variable " ~ problem) }}
{%- endfor %}
{%- set sources = tokenmart.usage_sources() %}
{%- set relations = {} %}
{%- if 'provider' in sources %}{% do relations.update(provider=ref('fct_provider_usage_daily')) %}{% endif %}
{%- if 'agents' in sources %}{% do relations.update(agents=ref('fct_agent_usage_daily')) %}{% endif %}
{%- if 'voice' in sources %}{% do relations.update(voice=ref('fct_voice_usage_daily')) %}{% endif %}
{%- if tokenmart.has_bills() and 'billed' in tokenmart.cost_ladders()['provider'] %}
{%- do relations.update(billing=ref('int_bill_costs')) %}
{%- endif %}
{%- set scopes = tokenmart.owner_scopes() %}
{#- the line that decides, decides also what it leaves blank -#}
{%- set owner = {} %}
{%- for column in ['org_id', 'employee_id', 'team_id'] %}
{%- set decided = [] %}
{%- for scope in scopes %}
{%- do decided.append('when ' ~ scope ~ '_owners.org_id is not null then ' ~ scope ~ '_owners.' ~ column) %}
{%- endfor %}
{%- set recorded = 'case when observed.org_id is not null then observed.' ~ column ~ ' ' %}
{%- do owner.update({column: recorded ~ decided | join(' ') ~ ' end'}) %}
{%- endfor %}

with unioned as (

    {{ tokenmart.unioned_costs(relations) }}

),

models as (

    select * from {{ ref('int_canonical_models') }}

),

owners as (

    select * from {{ ref('int_cost_owners') }}

),

-- the source whose bill contains the usage already: an employee's own token is on no bill of the company's, and what is
-- not tokens is seen by its own source alone
observed as (

    select
        *,
        {{ tokenmart.grain_key(['source_system', 'usage_key']) }} as cost_key,
        {% if var('observed_through') -%}
        case
            when token_source <> 'company' or resource_type <> 'llm_tokens' then null
            {%- for rule in var('observed_through') %}
            when
                source_system = '{{ rule.source }}'
                {%- for column in ['project_id', 'openai_api_key_id'] if rule.get(column) %}
                and {{ column }} = {{ tokenmart.literal(rule[column]) }}
                {%- endfor %}
                then '{{ rule.through }}'
            {%- endfor %}
        end
        {%- else -%}
        cast(null as {{ dbt.type_string() }})
        {%- endif %} as observed_through
    from unioned

)

select
    observed.source_system,
    observed.cost_key,
    {% for column in ['usage_key', 'source_instance', 'usage_date', 'usage_date_utc'] -%}
    observed.{{ column }},
    {% endfor -%}
    {% for column in ['org_id', 'employee_id'] -%}
    {{ owner[column] }} as {{ column }},
    {% endfor -%}
    {% for column in [
        'agent_config_id', 'provider_key_id', 'project_id', 'openai_user_id', 'openai_api_key_id', 'user_id', 'conversation_id',
        'resource_type', 'model_id', 'service_tier', 'is_batch', 'context_band', 'token_source', 'is_provisional',
        'provider', 'key_user_id', 'usage_mode',
    ] -%}
    observed.{{ column }},
    {% endfor -%}
    coalesce({{ owner.team_id }}, observed.team_id) as team_id,
    {% for column in [
        'team_name', 'agent_id', 'record_count', 'input_tokens', 'output_tokens', 'unsplit_tokens', 'total_tokens',
        'list_cost_usd', 'contracted_cost_usd', 'recorded_cost_usd', 'billed_cost_usd', 'cost_usd', 'cost_basis', 'pricing_status',
    ] -%}
    observed.{{ column }},
    {% endfor -%}
    {% for whose in ['company', 'personal'] -%}
    cast(
        case when observed.token_source = '{{ whose }}' then observed.cost_usd else 0 end as {{ tokenmart.type_money() }}
    ) as {{ whose }}_cost_usd,
    {% endfor %}
    -- counted once across sources
    observed.observed_through,
    observed.observed_through is null as is_counted,
    cast(
        case when observed.observed_through is null then 0 else observed.cost_usd end as {{ tokenmart.type_money() }}
    ) as observed_cost_usd,

    -- what the prices saved
    cast(observed.cached_input_tokens as {{ dbt.type_bigint() }}) as cached_input_tokens,
    observed.caching_savings_usd,
    observed.processing_savings_usd,
    -- what is not tokens, and the dimensions of the variable usage_dimensions
    {% for column in ['quantity_unit', 'quantity', 'end_user_id', 'session_id', 'tags', 'request_count'] -%}
    observed.{{ column }},
    {% endfor %}
    -- each model under one name
    models.canonical_model_id,
    models.model_family,
    models.model_developer,
    case
        when observed.org_id is not null then 'recorded'
        {%- for scope in scopes %}
        when {{ scope }}_owners.org_id is not null then '{{ scope }}'
        {%- endfor %}
    end as owner_source
from observed
left join models
    on
        observed.model_provider = models.provider
        and observed.named_model = models.model_id
{%- for scope, column in scopes.items() %}
left join owners as {{ scope }}_owners
    on
        {{ scope }}_owners.scope = '{{ scope }}'
        and observed.{{ column }} = {{ scope }}_owners.scope_id
        and observed.usage_date between {{ scope }}_owners.valid_from and {{ scope }}_owners.valid_to
{%- endfor %}
