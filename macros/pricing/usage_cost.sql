{# The cost of a row, or of some classes of it, at the rates of an alias; null if a class with tokens has no rate. #}
{% macro usage_cost(rates, rate, classes, tokens_without_class) -%}
    case
        when
            {{ tokens_without_class }} <> 0
            {%- for class in classes %}
            or ({{ tokenmart.class_count(class) }} <> 0 and {{ rates }}.{{ class }}_{{ rate }} is null)
            {%- endfor %}
            then null
        else cast(
            {%- for class in classes %}
            {%- set usd = rates ~ '.' ~ class ~ '_' ~ rate %}
            {{ '+ ' if not loop.first }}coalesce({{
                tokenmart.audio_cost('usage.timed_audio_ms', usd) if class == 'audio_seconds'
                else tokenmart.token_cost('usage.' ~ class ~ '_tokens', usd)
            }}, 0)
            {%- endfor %}
            as {{ tokenmart.type_money() }}
        )
    end
{%- endmacro %}
