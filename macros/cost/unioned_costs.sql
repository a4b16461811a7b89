{#
    The rows of the usage facts and of bills without usage, {source_system: relation}, in the same columns.

    Not in its one caller, which says whose a cost is and whether it counts; this only lines up columns.

    A period of agents is cut at the midnights of the reporting zone, which are UTC's in UTC only, and a record that reports no cache
    may have used one.
#}
{% macro unioned_costs(relations) %}
{%- set no_text = 'cast(null as ' ~ dbt.type_string() ~ ')' %}
{%- set no_dollars = 'cast(null as ' ~ dbt.type_numeric() ~ ')' %}
{%- set no_count = 'cast(null as ' ~ dbt.type_bigint() ~ ')' %}

{#- every column, with its value for a source that has no such column; none: each source has it -#}
{%- set columns = {
    'usage_key': none, 'source_instance': none, 'usage_date': none, 'usage_date_utc': none,
    'org_id': no_text, 'employee_id': no_text, 'agent_config_id': no_text,
    'provider_key_id': no_count, 'project_id': no_text, 'openai_user_id': no_text, 'openai_api_key_id': no_text, 'user_id': no_text, 'conversation_id': no_text,
    'resource_type': "'llm_tokens'", 'model_id': none, 'service_tier': no_text,
    'is_batch': 'cast(null as ' ~ dbt.type_boolean() ~ ')', 'context_band': no_text,
    'token_source': "'company'", 'is_provisional': none,
    'provider': no_text, 'key_user_id': no_text, 'usage_mode': no_text, 'team_id': no_text, 'team_name': no_text, 'agent_id': no_text,
    'record_count': none, 'request_count': no_count,
    'input_tokens': none, 'output_tokens': none, 'unsplit_tokens': 'cast(0 as ' ~ dbt.type_bigint() ~ ')', 'total_tokens': none,
    'list_cost_usd': none, 'contracted_cost_usd': none, 'recorded_cost_usd': none, 'billed_cost_usd': no_dollars,
    'cost_usd': none, 'cost_basis': none, 'pricing_status': none,
    'cached_input_tokens': tokenmart.billed_categories()['cached_input'] | map('replace', '_input', '_input_tokens') | join(' + '),
    'caching_savings_usd': none, 'processing_savings_usd': none,
    'model_provider': "''", 'named_model': 'model_id', 'quantity_unit': no_text, 'quantity': 'cast(null as decimal(38, 9))',
    'end_user_id': no_text, 'session_id': no_text, 'tags': no_text,
} %}

{#- which of these columns a source has, and what it says in another way -#}
{%- set of_source = {
    'provider': {
        'has': [
            'provider_key_id', 'project_id', 'openai_user_id', 'openai_api_key_id', 'service_tier', 'is_batch', 'context_band',
            'provider', 'key_user_id', 'usage_mode', 'team_id', 'request_count', 'billed_cost_usd',
            'quantity_unit', 'quantity', 'end_user_id', 'session_id', 'tags',
        ],
        'says': {
            'model_provider': "coalesce(provider, '')",
            'resource_type': "case when quantity_unit is null or total_tokens <> 0 then 'llm_tokens' else quantity_unit end",
        },
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
    'voice': {'has': ['user_id', 'conversation_id'], 'says': {'request_count': 'response_count'}},
    'billing': {
        'has': [
            'project_id', 'openai_api_key_id', 'resource_type', 'provider', 'model_provider', 'named_model', 'billed_cost_usd',
            'cached_input_tokens',
        ],
        'says': {},
    },
} %}
{%- for source, relation in relations.items() %}
{{ 'union all' if not loop.first }}
select
    {% for column, otherwise in columns.items() -%}
    {%- set value = of_source[source].says.get(column) or otherwise -%}
    {{ column if not value or column in of_source[source].has else value ~ ' as ' ~ column }},
    {% endfor -%}
    '{{ source }}' as source_system
from {{ relation }}
{%- endfor %}
{% endmacro %}
