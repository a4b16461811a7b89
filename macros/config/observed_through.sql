{#
    The source whose bill contains the usage of a row of costs already, by the variable observed_through; null for none. An
    employee's own token is on no bill of the company's, and no source but its own sees what is not tokens.
#}
{% macro observed_through() -%}
    {%- for problem in tokenmart.observed_through_problems() -%}
        {{ exceptions.raise_compiler_error("The variable " ~ problem) }}
    {%- endfor -%}
    {%- set rules = var('observed_through') -%}
    {%- if not rules -%}
        cast(null as {{ dbt.type_string() }})
    {%- else -%}
    case
        when token_source <> 'company' or resource_type <> 'llm_tokens' then null
        {%- for rule in rules %}
        when
            source_system = '{{ rule.source }}'
            {%- for column in ['project_id', 'openai_api_key_id'] if rule.get(column) %}
            and {{ column }} = {{ tokenmart.literal(rule[column]) }}
            {%- endfor %}
            then '{{ rule.through }}'
        {%- endfor %}
    end
    {%- endif -%}
{%- endmacro %}
