{# The members of such an object; one of 0 stands for an empty list. #}
{% macro modality_counts(list) %}
    {{- return(adapter.dispatch('modality_counts', 'tokenmart')(list)) -}}
{% endmacro %}

{% macro default__modality_counts(list) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__modality_counts(list) -%}
    coalesce(nullif(array_to_string(list_transform(
        json_extract({{ list }}, '$[*]'),
        lambda entry: '"' || regexp_replace(lower(json_extract_string(entry, '$.modality')), '[^a-z_]', '', 'g') || '_tokens":'
        || coalesce(cast(coalesce(json_extract(entry, '$.tokenCount'), json_extract(entry, '$.token_count')) as varchar), '0')
    ), ','), ''), '"text_tokens":0')
{%- endmacro %}

{% macro postgres__modality_counts(list) -%}
    (
        select coalesce(string_agg(
            '"' || regexp_replace(lower(listed.entry ->> 'modality'), '[^a-z_]', '', 'g') || '_tokens":'
            || coalesce(cast(coalesce(listed.entry -> 'tokenCount', listed.entry -> 'token_count') as text), '0'),
            ','
        ), '"text_tokens":0')
        from json_array_elements(cast({{ list }} as json)) as listed (entry)
    )
{%- endmacro %}
