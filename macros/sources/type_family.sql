{# The kind of values that a database type holds, as far as staging cares. #}
{% macro type_family(type) %}
    {% set type = type | lower %}
    {% set base = type.split('(')[0] | trim %}
    {% if type in ['timestamptz', 'timestamp with time zone'] %}
        {{ return('zoned timestamp') }}
    {% elif base in ['timestamp', 'timestamp without time zone', 'timestamp_ns', 'timestamp_ms', 'timestamp_s', 'datetime'] %}
        {{ return('timestamp') }}
    {% elif base == 'date' %}
        {{ return('date') }}
    {% elif base in ['boolean', 'bool'] %}
        {{ return('boolean') }}
    {% elif base in [
        'tinyint', 'smallint', 'integer', 'int', 'bigint', 'hugeint', 'utinyint', 'usmallint', 'uinteger', 'ubigint',
        'uhugeint', 'int2', 'int4', 'int8'
    ] %}
        {{ return('whole number') }}
    {% elif base in ['numeric', 'decimal'] %}
        {{ return('whole number' if type.replace(' ', '').endswith(',0)') else 'exact number') }}
    {% elif base in ['double', 'double precision', 'float', 'float4', 'float8', 'real'] %}
        {{ return('floating-point number') }}
    {% else %}
        {{ return('text') }}
    {% endif %}
{% endmacro %}
