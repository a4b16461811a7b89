{# cumulative_share of a part of something that may be 0: how much of the part is used up when `elapsed` of the whole is. #}
{% macro cumulative_part(part, elapsed, whole) -%}
    case when coalesce({{ whole }}, 0) = 0 then 0 else {{ tokenmart.cumulative_share(part, elapsed, whole) }} end
{%- endmacro %}
