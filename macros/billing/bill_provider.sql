{#
    Whose bill a row of usage is on: its provider, and of an export that was landed for an account of its own, that account. A bill
    of that account names its provider alike ("openai of beta"), so no bill is for another account's usage.
#}
{% macro bill_provider(row='') -%}
    {%- set of = row ~ '.' if row else '' -%}
    coalesce({{ tokenmart.plain_name(of ~ 'provider') }}, '')
    || case when {{ of }}usage_mode = 'account' then ' of ' || coalesce({{ tokenmart.plain_name(of ~ 'key_user_id') }}, '') else '' end
{%- endmacro %}


{# The provider of a bill without its account. #}
{% macro provider_of_bill(provider) -%}
    split_part({{ provider }}, ' of ', 1)
{%- endmacro %}
