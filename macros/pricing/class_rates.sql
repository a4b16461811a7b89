{# The prices of all classes beside each other, from rows of one class each. #}
{% macro class_rates() -%}
    {%- for class in tokenmart.priced_classes() -%}
        {%- set of_class = "case when token_class = '" ~ class ~ "'" -%}
        max({{ of_class }} then usd_per_million end) as {{ class }}_usd,
        max({{ of_class }} then contracted_usd_per_million end) as {{ class }}_contracted_usd,
        max({{ of_class }} and price_source = 'derived' then 1 else 0 end) = 1 as {{ class }}_is_derived
        {{- ',\n        ' }}
    {%- endfor -%}
    max(case when token_class <> 'audio_seconds' then 1 else 0 end) = 1 as is_paid_by_token
{%- endmacro %}
