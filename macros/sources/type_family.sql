{# The kind of values that a database type holds, as far as staging cares. #}
{% macro type_family(type) %}
    {% set type = type | lower %}
    {% set base = type.split('(')[0] | trim %}
    {% if type == 'timestamptz' or (type.startswith('timestamp') and type.endswith(' with time zone')) %}
        {{ return('zoned timestamp') }}
    {% elif base in ['timestamp', 'timestamp without time zone', 'timestamp_ns', 'timestamp_ms', 'timestamp_s', 'datetime'] %}
        {{ return('timestamp') }}
    {% elif base == 'date' %}
        {{ return('date') }}
    {% elif base in ['boolean', 'bool'] %}
        {{ return('boolean') }}
    {% elif base in [
        'tinyint', 'smallint', 'integer', 'int', 'bigint', 'utinyint', 'usmallint', 'uinteger', 'int2', 'int4', 'int8'
    ] %}
        {{ return('whole number') }}
    {% elif base in ['numeric', 'decimal'] %}
        {{ return('exact number') }}
    {% elif base in [
        'text', 'varchar', 'character varying', 'char', 'character', 'bpchar', 'string', 'uuid', 'json', 'jsonb', 'citext'
    ] or base.startswith('enum') %}
        {{ return('text') }}
    {% else %}
        {{ return('other') }}
    {% endif %}
{% endmacro %}


{# [precision, scale] of a type such as numeric(18, 6); nothing if it names none. #}
{% macro precision_and_scale(type) %}
    {% set found = modules.re.search('\\((\\d+) *, *(\\d+)\\)', type) %}
    {{ return([found.group(1) | int, found.group(2) | int] if found else none) }}
{% endmacro %}
