{#
    The counts of a list of modalities, [{"modality": "AUDIO", "tokenCount": 5}] (or token_count), as the text of an object, {"audio_tokens": 5}:
    the first list that there is at one of the names. Null without a list.

    lists: {member of the object: name of another list} that goes into it as an object of its own.
    counts: {member of the object: name of a count next to the lists}.

    Not in its one caller, which calls it twice for each way to write the lists.
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
