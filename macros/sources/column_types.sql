{#
    {column: type} of a relation; nothing if it does not exist. A node asks the catalogue once for each, before it changes anything.
#}
{% macro column_types(relation) %}
    {{ return(tokenmart.known_columns(relation, model.unique_id if execute, is_source=false)) }}
{% endmacro %}


{# The same of a table of a source, which no node changes: a run asks once. #}
{% macro source_columns(relation) %}
    {{ return(tokenmart.known_columns(relation, 'sources', is_source=true)) }}
{% endmacro %}


{% macro known_columns(relation, reader, is_source) %}
    {% if not execute %}{{ return({}) }}{% endif %}
    {% set known = tokenmart.notes_of_this_run().setdefault(reader, {}) %}
    {% if relation | string not in known %}
        {% do known.update({relation | string: tokenmart.read_columns(relation, is_source)}) %}
    {% endif %}
    {{ return(known[relation | string]) }}
{% endmacro %}


{% macro types_by_name(columns) %}
    {% set types = {} %}
    {% for column in columns %}
        {% do types.update({column.name | lower: (column.dtype if column.is_string() else column.data_type) | lower}) %}
    {% endfor %}
    {{ return(types) }}
{% endmacro %}
