{# True if two measured usage events may be of the same usage: what both of them name is the same. #}
{% macro agrees_where_named(one, other) -%}
    {{ tokenmart.agrees_in_batch(one, other) }}
    {%- for dimension in ['project_id', 'openai_user_id', 'openai_api_key_id', 'service_tier'] %}
    and ({{ one }}.{{ dimension }} in ('', {{ other }}.{{ dimension }}) or {{ other }}.{{ dimension }} = '')
    {%- endfor %}
    and (
        not {{ one }}.names_further
        or not {{ other }}.names_further
        or (
            {%- for dimension in ['end_user_id', 'session_id', 'team_id', 'tags'] %}
            {{ 'and ' if not loop.first }}({{ one }}.{{ dimension }} in ('', {{ other }}.{{ dimension }}) or {{ other }}.{{ dimension }} = '')
            {%- endfor %}
        )
    )
{%- endmacro %}

{% macro agrees_in_batch(one, other) -%}
    ({{ one }}.is_batch = {{ other }}.is_batch or not {{ one }}.names_batch or not {{ other }}.names_batch)
{%- endmacro %}
