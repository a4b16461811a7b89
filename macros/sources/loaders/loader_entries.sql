{#
    The entries of loader_tables that give a provider's usage or costs, each with what is known of it:

      relations      {alias: relation}, and from, which joins them
      columns        {the name that provider_columns gives it: [alias, the loader's name]}
      key            the id of the provider's key, as SQL
#}
{% macro loader_entries(part) %}
    {% set entries = [] %}
    {% for given in (var('loader_tables') if execute else []) %}
        {% set table = tokenmart.loader_table(given, part) %}
        {% if table %}
            {% set account = given.get('account', 'default') %}
            {% set entry = {
                'loader': given.loader, 'provider': given.provider, 'account': account, 'part': part, 'relations': {}, 'columns': {},
                'key': tokenmart.stable_id([tokenmart.literal(given.provider), tokenmart.literal(account)]),
            } %}
            {% for name, theirs in tokenmart.loaders()[given.loader][given.provider][part]['columns'].items() %}
                {% do entry['columns'].update({name: theirs.split('.') if '.' in theirs else ['bucket', theirs]}) %}
            {% endfor %}
            {% set is_nested = given.loader == 'dlt' %}
            {% for alias, identifier in {'bucket': table, 'result': table ~ '__results'}.items() if alias == 'bucket' or is_nested %}
                {% do entry['relations'].update({alias: api.Relation.create(given.get('database') or target.database, given.schema, identifier)}) %}
            {% endfor %}
            {% do entry.update({
                'from': entry['relations']['bucket'] ~ ' as bucket'
                ~ (
                    ' inner join ' ~ entry['relations']['result'] ~ ' as result on bucket._dlt_id = result._dlt_parent_id'
                    if is_nested else ''
                )
            }) %}
            {% do entries.append(entry) %}
        {% endif %}
    {% endfor %}
    {{ return(entries) }}
{% endmacro %}


{# What is wrong with the tables of loader_tables, in sentences; of parts whose staging model another project replaced, nothing is read. #}
{% macro loader_problems() %}
    {% set problems = [] %}
    {% for entry in tokenmart.entries_read() %}
        {% set whose = " of " ~ entry.loader ~ " (" ~ entry.provider ~ " " ~ entry.part ~ " in loader_tables)" %}
        {% set columns = dict(entry['columns']) %}
        {% if 'result' in entry['relations'] %}
            {% do columns.update({'_dlt_id': ['bucket', '_dlt_id'], '_dlt_parent_id': ['result', '_dlt_parent_id']}) %}
        {% endif %}
        {% for alias, relation in entry['relations'].items() %}
            {% set name = relation.schema ~ '.' ~ relation.identifier %}
            {% set actual = tokenmart.source_columns(relation) %}
            {% if not actual %}
                {% do problems.append(
                    "- table " ~ name ~ whose ~ " does not exist: let " ~ entry.loader ~ " load it, name the one that it loads as "
                    ~ entry.part ~ "_table, or set " ~ entry.part ~ "_table: null"
                ) %}
            {% else %}
                {% for column, (of, theirs) in columns.items() if of == alias %}
                    {% set kind = tokenmart.provider_columns(entry.provider, entry.part).get(column, 'mark') %}
                    {% if theirs not in actual %}
                        {% if column in tokenmart.needed_columns(entry.provider, entry.part) or column.startswith('_dlt') %}
                            {% do problems.append("- table " ~ name ~ whose ~ " has no column " ~ theirs ~ tokenmart.why_missing(entry, column)) %}
                        {% endif %}
                    {% elif not tokenmart.is_readable(actual[theirs], kind) %}
                        {% do problems.append(
                            "- column " ~ name ~ "." ~ theirs ~ whose ~ " is of type " ~ actual[theirs] ~ ", which is not read as a " ~ kind
                            ~ "; cast it in a view, and name the view as " ~ entry.part ~ "_table"
                        ) %}
                    {% endif %}
                {% endfor %}
            {% endif %}
        {% endfor %}
    {% endfor %}
    {{ return(problems) }}
{% endmacro %}


{# The entries whose tables the staging models of tokenmart read; none while something is wrong with the variable. #}
{% macro entries_read() %}
    {% set entries = [] %}
    {% if tokenmart.loader_tables_problems() %}{{ return(entries) }}{% endif %}
    {% set read = tokenmart.source_tables_read() | map(attribute='name') | list %}
    {% if 'usage_events' in read %}{% do entries.extend(tokenmart.loader_entries('usage')) %}{% endif %}
    {% if 'provider_costs' in read %}{% do entries.extend(tokenmart.loader_entries('costs')) %}{% endif %}
    {{ return(entries) }}
{% endmacro %}


{% macro why_missing(entry, column) %}
    {% if column == 'model' %}
        {{ return(": group the usage by model" ~ (", as in --source-table 'api_usage?group_by=model,project_id,…'" if entry.loader == 'ingestr' else "")) }}
    {% endif %}
    {{ return(": compare it with docs/loaders.md, and give it another shape in a view") }}
{% endmacro %}


{# True if staging can read a column of a type as a moment, text, flag, count or amount. Loaders infer types, so a count may be a float. #}
{% macro is_readable(type, kind) %}
    {% set family = tokenmart.type_family(type) %}
    {% if kind in ['text', 'mark'] %}
        {{ return(true) }}
    {% endif %}
    {% set numbers = ['whole number', 'exact number', 'text'] + ([family] if tokenmart.is_float(type) else []) %}
    {{ return(family in {
        'moment': ['timestamp', 'zoned timestamp', 'date', 'text', 'whole number'],
        'flag': ['boolean', 'text'],
        'count': numbers,
        'amount': numbers,
    }[kind]) }}
{% endmacro %}


{% macro is_float(type) %}
    {{ return(type | lower in ['double', 'double precision', 'float', 'real', 'float4', 'float8']) }}
{% endmacro %}
