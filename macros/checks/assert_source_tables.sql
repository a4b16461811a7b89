{# The enabled sources have the tables, columns and types that staging reads. #}
{% macro assert_source_tables() %}
    {% set problems = [] %}
    {% for node in tokenmart.source_tables_read() %}
        {% do problems.extend(tokenmart.source_table_problems(node)) %}
    {% endfor %}
    {% do problems.extend(tokenmart.loader_problems()) %}
    {% if problems %}
        {{ exceptions.raise_compiler_error(
            "The sources cannot be read:\n" ~ problems | join('\n')
            ~ "\nLand the missing data, correct the <source>_database and <source>_schema variables, "
            ~ "or leave the source out of sources_enabled."
        ) }}
    {% endif %}
{% endmacro %}


{% macro source_table_problems(node) %}
    {% set problems = [] %}
    {% set name = node.schema ~ '.' ~ node.identifier %}
    {% set actual = tokenmart.source_columns(api.Relation.create(node.database, node.schema, node.identifier)) %}
    {% if not actual %}
        {% if 'optional' not in node.tags %}
            {% do problems.append("- table " ~ name ~ " of the source '" ~ node.source_name ~ "' does not exist") %}
        {% endif %}
        {{ return(problems) }}
    {% endif %}
    {% for column in node.columns.values() %}
        {% if column.name not in actual %}
            {% if 'required' in column.tags %}
                {% do problems.append("- table " ~ name ~ " has no column " ~ column.name) %}
            {% endif %}
        {% elif 'secret' not in column.tags and not tokenmart.type_fits(actual[column.name], column.data_type) %}
            {% do problems.append(
                "- column " ~ name ~ "." ~ column.name ~ " is of type " ~ actual[column.name]
                ~ ", which may hold values that " ~ column.data_type ~ " cannot; cast it in a view"
            ) %}
        {% endif %}
    {% endfor %}
    {{ return(problems) }}
{% endmacro %}


{# True if every value of the actual type is one of the declared type: a float is no money, a text no number. #}
{% macro type_fits(actual, declared) %}
    {% set wanted = tokenmart.type_family(declared) %}
    {% set family = tokenmart.type_family(actual) %}
    {% if family == 'exact number' %}
        {% set size = tokenmart.precision_and_scale(actual) %}
        {% if wanted == 'whole number' %}
            {{ return(size is not none and size[1] == 0 and size[0] <= 18) }}
        {% else %}
            {{ return(wanted == 'exact number' and size is not none and size[1] <= tokenmart.precision_and_scale(declared)[1]) }}
        {% endif %}
    {% endif %}
    {% set families = {
        'text': ['text', 'whole number'],
        'whole number': ['whole number'],
        'exact number': ['whole number'],
        'boolean': ['boolean'],
        'timestamp': ['timestamp', 'zoned timestamp'],
        'date': ['date'],
    } %}
    {{ return(family in families[wanted]) }}
{% endmacro %}
