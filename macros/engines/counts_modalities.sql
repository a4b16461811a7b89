{# True if the JSON text counts audio, images, video or speech anywhere: a number at such a name, or a list of modalities. #}
{% macro counts_modalities(json) %}
    {{- return(adapter.dispatch('counts_modalities', 'tokenmart')(json)) -}}
{% endmacro %}

{% macro default__counts_modalities(json) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__counts_modalities(json) -%}
    regexp_matches(
        {{ json }},
        '"([A-Za-z_]*([aA]udio|[iI]mage|[vV]ideo|[sS]peech)[A-Za-z_]*[tT]oken[A-Za-z_]*|audio|image|video|speech)"[ \t\n\r]*:[ \t\n\r]*"?0*[1-9]|"(AUDIO|IMAGE|VIDEO)"'
    )
{%- endmacro %}

{% macro postgres__counts_modalities(json) -%}
    {{ json }} ~ '"([A-Za-z_]*([aA]udio|[iI]mage|[vV]ideo|[sS]peech)[A-Za-z_]*[tT]oken[A-Za-z_]*|audio|image|video|speech)"[ \t\n\r]*:[ \t\n\r]*"?0*[1-9]|"(AUDIO|IMAGE|VIDEO)"'
{%- endmacro %}
