{{ config(materialized='view') }}

-- Grain: that of the three usage facts, one row for each of theirs, in the same columns; nothing is aggregated. What the
-- provider charged for no known usage has rows of its own, those of source_system 'billing': one for each line of the bill.
-- Guarantee: one row for each fact row, so rows, tokens and money equal those of the facts; where there is a bill,
-- cost_usd adds up to it.
-- Trap: an agent or a voice session runs on a provider key whose usage API reports the same tokens again. Add up rows
-- that are counted only (is_counted); the variable observed_through says which are not.

{%- do tokenmart.assert_sources_enabled() %}
{%- for problem in tokenmart.observed_through_problems() %}
    {{ exceptions.raise_compiler_error("The variable " ~ problem) }}
{%- endfor %}
{%- set sources = tokenmart.usage_sources() %}
{%- set no_text = 'cast(null as ' ~ dbt.type_string() ~ ')' %}
{%- set no_dollars = 'cast(null as ' ~ dbt.type_numeric() ~ ')' %}
{%- set no_tokens = 'cast(0 as ' ~ dbt.type_bigint() ~ ')' %}
{%- set no_cost = 'cast(null as ' ~ tokenmart.type_money() ~ ')' %}
{%- set no_savings = 'cast(0 as ' ~ tokenmart.type_money() ~ ')' %}

{#- every column, with its value for a source that has no such column; none: each source has it -#}
{%- set columns = {
    'usage_key': none, 'source_instance': none, 'usage_date': none, 'usage_date_utc': none,
    'org_id': no_text, 'employee_id': no_text, 'agent_config_id': no_text,
    'provider_key_id': 'cast(null as ' ~ dbt.type_bigint() ~ ')',
    'project_id': no_text, 'openai_user_id': no_text, 'openai_api_key_id': no_text, 'user_id': no_text, 'conversation_id': no_text,
    'resource_type': "'llm_tokens'", 'model_id': none, 'service_tier': no_text,
    'is_batch': 'cast(null as ' ~ dbt.type_boolean() ~ ')', 'context_band': no_text,
    'token_source': "'company'", 'is_provisional': none,
    'provider': no_text, 'key_user_id': no_text, 'usage_mode': no_text, 'team_id': no_text, 'team_name': no_text, 'agent_id': no_text,
    'record_count': none, 'input_tokens': none, 'output_tokens': none, 'unsplit_tokens': no_tokens, 'total_tokens': none,
    'list_cost_usd': none, 'contracted_cost_usd': none, 'recorded_cost_usd': none, 'billed_cost_usd': no_dollars,
    'cost_usd': none, 'cost_basis': none, 'pricing_status': none,
} %}
{%- set further = {
    'cached_input_tokens': tokenmart.billed_categories()['cached_input'] | map('replace', '_input', '_input_tokens') | join(' + '),
    'caching_savings_usd': none, 'processing_savings_usd': none,
    'quantity_unit': no_text, 'quantity': 'cast(null as decimal(38, 9))', 'end_user_id': no_text, 'session_id': no_text, 'tags': no_text,
} %}

{#- which of these columns a source has, and what it says in another way -#}
{%- set of_source = {
    'provider': {
        'has': [
            'provider_key_id', 'project_id', 'openai_user_id', 'openai_api_key_id', 'service_tier', 'is_batch', 'context_band',
            'provider', 'key_user_id', 'usage_mode', 'team_id', 'billed_cost_usd',
            'quantity_unit', 'quantity', 'end_user_id', 'session_id', 'tags',
        ],
        'says': {'resource_type': "case when quantity_unit is null or total_tokens <> 0 then 'llm_tokens' else quantity_unit end"},
    },
    'agents': {
        'has': [
            'org_id', 'employee_id', 'agent_config_id', 'resource_type', 'token_source', 'team_id', 'team_name', 'agent_id',
            'unsplit_tokens',
        ],
        'says': {
            'usage_date_utc': 'usage_date' if var('reporting_timezone') == 'UTC' else 'cast(null as date)',
            'caching_savings_usd': 'case when cached_text_input_tokens > 0 then caching_savings_usd end',
        },
    },
    'voice': {'has': ['user_id', 'conversation_id'], 'says': {}},
    'billing': {
        'has': ['project_id', 'openai_api_key_id', 'billed_cost_usd'],
        'says': {
            'usage_key': tokenmart.grain_key(['source_instance', 'line_key']),
            'usage_date': 'usage_date_utc',
            'resource_type': "case line_kind when 'credit' then 'credits' when 'other' then 'other_charges' else 'llm_tokens' end",
            'model_id': no_text,
            'is_provisional': tokenmart.is_provisional('usage_date_utc'),
            'provider': "nullif(provider, '')",
            'record_count': no_tokens, 'input_tokens': no_tokens, 'output_tokens': no_tokens, 'total_tokens': no_tokens,
            'list_cost_usd': no_cost, 'contracted_cost_usd': no_cost, 'recorded_cost_usd': no_dollars,
            'cost_usd': 'cast(billed_cost_usd as ' ~ tokenmart.type_money() ~ ')',
            'cost_basis': "'billed'", 'pricing_status': "'no_tokens'",
            'cached_input_tokens': no_tokens, 'caching_savings_usd': no_savings, 'processing_savings_usd': no_savings,
        },
    },
} %}
{#- a period of agents is cut at the midnights of the reporting zone, which are UTC's in UTC only, and a record that reports
no cache may have used one; a bill's day is one of UTC, and cannot be cut again -#}

{%- set relations = {} %}
{%- if 'provider' in sources %}{% do relations.update(provider=ref('fct_provider_usage_daily')) %}{% endif %}
{%- if 'agents' in sources %}{% do relations.update(agents=ref('fct_agent_usage_daily')) %}{% endif %}
{%- if 'voice' in sources %}{% do relations.update(voice=ref('fct_voice_usage_daily')) %}{% endif %}
{%- if tokenmart.has_bills() and 'billed' in tokenmart.cost_ladders()['provider'] %}
{%- do relations.update(billing=ref('int_unallocated_bill_lines')) %}
{%- endif %}

with unioned as (

    {%- for source, relation in relations.items() %}
    {{ 'union all' if not loop.first }}
    select
        {% for column, otherwise in dict(columns, **further).items() -%}
        {%- set value = of_source[source].says.get(column) or otherwise -%}
        {{ column if not value or column in of_source[source].has else value ~ ' as ' ~ column }},
        {% endfor -%}
        '{{ source }}' as source_system
    from {{ relation }}
    {%- endfor %}

),

-- the source whose bill contains the usage already: an employee's own token is on no bill of the company's, and what is
-- not tokens is seen by its own source alone
observed as (

    select
        *,
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
        {{ no_text }}
        {%- endif %} as observed_through
    from unioned

)

select
    source_system,
    {{ tokenmart.grain_key(['source_system', 'usage_key']) }} as cost_key,
    {% for column in columns -%}
    {{ column }},
    {% endfor -%}
    cast(case when token_source = 'company' then cost_usd else 0 end as {{ tokenmart.type_money() }}) as company_cost_usd,
    cast(case when token_source = 'personal' then cost_usd else 0 end as {{ tokenmart.type_money() }}) as personal_cost_usd,

    -- counted once across sources
    observed_through,
    observed_through is null as is_counted,
    cast(case when observed_through is null then 0 else cost_usd end as {{ tokenmart.type_money() }}) as observed_cost_usd,

    -- what the prices saved
    cast(cached_input_tokens as {{ dbt.type_bigint() }}) as cached_input_tokens,
    caching_savings_usd,
    processing_savings_usd,
    -- what is not tokens, and the dimensions of the variable usage_dimensions
    {{ ['quantity_unit', 'quantity', 'end_user_id', 'session_id', 'tags'] | join(',\n    ') }}
from observed
