{# What scope of the seed cost_owners is which column of fct_cost_daily; the first that has a line for a cost decides. #}
{% macro owner_scopes() %}
    {{ return({
        'api_key': 'openai_api_key_id',
        'project': 'project_id',
        'user': 'openai_user_id',
        'key_owner': 'key_user_id',
        'source': 'source_system',
    }) }}
{% endmacro %}


{# Refuses owners of which it is not clear what they own. Not in its one caller, whose hook has no room for it. #}
{% macro assert_sound_cost_owners(seed) %}
    {%- set scopes = tokenmart.owner_scopes() -%}
    {{ tokenmart.assert_sound_seed(
        seed,
        columns=['scope', 'scope_id', 'org_id', 'valid_from', 'valid_to'],
        rules={
            "scope is null or scope not in (" ~ tokenmart.quoted_list(scopes) ~ ")":
                "'scope is not known: ' || coalesce(scope, 'empty') || '; known are " ~ scopes | join(', ') ~ "'",
            "scope_id is null": "'scope_id is empty; name the ' || coalesce(scope, 'thing') || ' that is owned'",
            "org_id is null": "'org_id is empty; name the organization that bears the cost'",
        },
        once=['scope', 'scope_id'],
    ) }}
{% endmacro %}
