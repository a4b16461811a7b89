{#
    The counts of a list of modalities, [{"modality": "AUDIO", "tokenCount": 5}] (or token_count), as the text of an object, {"audio_tokens": 5}:
    the first list that there is at one of the names. Null without a list.

    lists: {member of the object: name of another list} that goes into it as an object of its own.
    counts: {member of the object: name of a count beside the lists}.
#}
{% macro json_modalities(json, names, lists={}, counts={}) -%}
    coalesce(
        {%- for name in names %}
        {%- set list = 'cast(' ~ tokenmart.json_member(json, [name]) ~ ' as ' ~ dbt.type_string() ~ ')' %}
        case
            when left({{ list }}, 1) = '['
                then
                    '{' || {{ tokenmart.modality_counts(list) }}
                    {%- for member, other in lists.items() %}
                    {%- set other_list = 'cast(' ~ tokenmart.json_member(json, [other]) ~ ' as ' ~ dbt.type_string() ~ ')' %}
                    || case
                        when left({{ other_list }}, 1) = '['
                            then ',"{{ member }}":{' || {{ tokenmart.modality_counts(other_list) }} || '}'
                        else ''
                    end
                    {%- endfor %}
                    {%- for member, other in counts.items() %}
                    || ',"{{ member }}":'
                    || coalesce(cast({{ tokenmart.json_integer(json, [other], is_checked=true) }} as {{ dbt.type_string() }}), '0')
                    {%- endfor %}
                    || '}'
        end{{ ',' if not loop.last }}
        {%- endfor %}{{ ', null' if names | length == 1 }}
    )
{%- endmacro %}


{# The members of such an object; one of 0 stands for an empty list. #}
{% macro modality_counts(list) %}
    {{- return(adapter.dispatch('modality_counts', 'tokenmart')(list)) -}}
{% endmacro %}

{% macro default__modality_counts(list) -%}
    (
        select coalesce(string_agg(
            '"' || regexp_replace(lower(listed.entry ->> 'modality'), '[^a-z_]', '', 'g') || '_tokens":'
            || coalesce(cast(coalesce(listed.entry -> 'tokenCount', listed.entry -> 'token_count') as text), '0'),
            ','
        ), '"text_tokens":0')
        from json_array_elements(cast({{ list }} as json)) as listed (entry)
    )
{%- endmacro %}

{% macro duckdb__modality_counts(list) -%}
    coalesce(nullif(array_to_string(list_transform(
        json_extract({{ list }}, '$[*]'),
        lambda entry: '"' || regexp_replace(lower(json_extract_string(entry, '$.modality')), '[^a-z_]', '', 'g') || '_tokens":'
        || coalesce(cast(coalesce(json_extract(entry, '$.tokenCount'), json_extract(entry, '$.token_count')) as varchar), '0')
    ), ','), ''), '"text_tokens":0')
{%- endmacro %}
