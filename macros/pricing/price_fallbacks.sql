{#
    The CTE `price_fallbacks` (token_class, priced_class, distance): by which classes' prices each of the classes is priced, its own
    first, then those that may stand in for it.
#}
{% macro price_fallbacks(classes) -%}
price_fallbacks as (

    {%- for class in classes %}
    {%- set outer = loop %}
    {%- for other in [class] + tokenmart.broader_classes().get(class, []) %}
    {{ 'union all' if not (outer.first and loop.first) }}
    select
        '{{ class }}' as token_class,
        '{{ other }}' as priced_class,
        {{ loop.index0 }} as distance
    {%- endfor %}
    {%- endfor %}

)
{%- endmacro %}
