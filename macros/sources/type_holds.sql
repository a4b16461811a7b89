{# True if a column of the one type holds every value of the other as it is. #}
{% macro type_holds(type, other) %}
    {% if tokenmart.type_family(type) != tokenmart.type_family(other) %}
        {{ return(false) }}
    {% endif %}
    {% set extent, wanted = tokenmart.type_extent(type), tokenmart.type_extent(other) %}
    {{ return(extent[0] >= wanted[0] and extent[1] >= wanted[1]) }}
{% endmacro %}


{# How much a type holds, to be compared within its family; a type without a limit holds 'everything'. #}
{% macro type_extent(type) %}
    {% set everything = 1000000000 %}
    {% set type = type | lower %}
    {% set base = type.split('(')[0] | trim %}
    {% set family = tokenmart.type_family(type) %}
    {% set limit = modules.re.search('[(]([0-9]+)', type) %}
    {% if family == 'whole number' %}
        {{ return([{'tinyint': 1, 'smallint': 2, 'int2': 2, 'integer': 4, 'int': 4, 'int4': 4}.get(base, 8), 0]) }}
    {% elif family == 'exact number' %}
        {% set size = tokenmart.precision_and_scale(type) %}
        {{ return([size[0] - size[1], size[1]] if size else [everything, everything]) }}
    {% elif family == 'timestamp' %}
        {{ return([{'timestamp_s': 0, 'timestamp_ms': 3}.get(base, limit.group(1) | int if limit else 6), 0]) }}
    {% elif family == 'text' %}
        {% if base not in ['text', 'varchar', 'character varying', 'string'] %}
            {{ return([0, 0]) }}
        {% endif %}
        {{ return([limit.group(1) | int if limit else everything, 0]) }}
    {% endif %}
    {{ return([0, 0]) }}
{% endmacro %}
