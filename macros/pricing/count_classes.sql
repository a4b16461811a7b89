{# How many of the classes meet a condition, which says tokens, rates.usd and rates.is_derived for those of the class. #}
{% macro count_classes(classes, condition) -%}
    {%- for class in classes -%}
        case when {{ condition
            | replace('tokens', tokenmart.class_count(class))
            | replace('rates.usd', 'rates.' ~ class ~ '_usd')
            | replace('rates.is_derived', 'rates.' ~ class ~ '_is_derived')
        }} then 1 else 0 end{{ ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# What a row has of a class. Audio without tokens is nothing to a model that is paid by the token. #}
{% macro class_count(class) -%}
    {%- if class == 'audio_seconds' -%}
        case
            when rates.is_paid_by_token and rates.audio_seconds_contracted_usd is null then 0
            else coalesce(usage.timed_audio_ms, 0)
        end
    {%- else -%}
        coalesce(usage.{{ class }}_tokens, 0)
    {%- endif -%}
{%- endmacro %}
