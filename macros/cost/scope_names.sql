{# What organizations and teams are called, by dimension and dimension_value; others are called what they are. #}
{% macro scope_names() %}
    select
        'team' as dimension,
        team_id as dimension_value,
        max(team_name) as value_name
    from {{ ref('fct_cost_daily') }}
    where team_name is not null
    group by 2
    {%- if 'agents' in tokenmart.usage_sources() %}

    union all

    select
        'org' as dimension,
        org_id as dimension_value,
        max(org_name) as value_name
    from {{ ref('dim_organization') }}
    group by 2
    {%- endif %}
{% endmacro %}
