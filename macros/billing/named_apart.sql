{# The categories that lines may name as a whole, each with the parts for which there may be lines of their own. #}
{% macro parts_of_categories() %}
    {% set parts = {} %}
    {% for category in ['input', 'cached_input', 'output'] %}
        {% do parts.update({category: ['text_' ~ category, 'audio_' ~ category, 'image_' ~ category]}) %}
    {% endfor %}
    {% do parts['input'].append('cache_write') %}
    {{ return(parts) }}
{% endmacro %}


{#
    The classes of a line's category that other lines name, such as 'uncached_audio_input', or ''. Next to them the line is for what
    is left: next to "audio input", "input" is for text.

    of_lines: the columns that these lines have in common.
#}
{% macro named_apart(of_lines) -%}
    case direction
        {%- for category, parts in tokenmart.parts_of_categories().items() %}
        when '{{ category }}'
            then concat_ws(
                ','
                {%- for part in parts %},
                max(case when direction = '{{ part }}' then '{{ tokenmart.billed_categories()[part] | join(',') }}' end) over (partition by {{ of_lines }})
                {%- endfor %}
            )
        {%- endfor %}
        else ''
    end
{%- endmacro %}
