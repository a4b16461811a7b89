{# What is wrong with the variable loader_tables, in sentences. #}
{% macro loader_tables_problems() %}
    {% set entries = var('loader_tables') %}
    {% set known = tokenmart.loaders() %}
    {% set settings = ['loader', 'provider', 'schema', 'database', 'account', 'usage_table', 'costs_table'] %}
    {% set example = "[{loader: fivetran, provider: openai, schema: openai}]" %}
    {% if entries is string or entries is mapping or entries is not sequence %}
        {{ return(["loader_tables must be a list, such as " ~ example ~ "; it is '" ~ entries ~ "'."]) }}
    {% endif %}
    {% set problems = [] %}
    {% set given = {} %}
    {% for entry in entries %}
        {% set one_is = "; one is '" ~ entry ~ "'." %}
        {% if entry is not mapping %}
            {% do problems.append("loader_tables must list mappings, such as " ~ example ~ one_is) %}
        {% elif entry.keys() | reject('in', settings) | list %}
            {% do problems.append(
                "loader_tables has an entry with the unknown setting '" ~ entry.keys() | reject('in', settings) | first
                ~ "'. Known are: " ~ settings | join(', ') ~ "."
            ) %}
        {% elif entry.get('loader') is not string or entry.loader not in known %}
            {% do problems.append("loader_tables must name in each entry its loader, one of " ~ known | join(', ') ~ one_is) %}
        {% elif entry.get('provider') is not string or entry.provider not in known[entry.loader] %}
            {% do problems.append(
                "loader_tables must name in each entry its provider, for " ~ entry.loader ~ " one of " ~ known[entry.loader] | join(', ') ~ one_is
            ) %}
        {% elif tokenmart.value_problem(entry.get('schema'), {'kind': 'identifier', 'example': 'openai'}) %}
            {% do problems.append("loader_tables must name in each entry the schema of the loader's tables, without quotes and semicolons" ~ one_is) %}
        {% elif entry.get('account', 'default') is not string or not tokenmart.is_name(entry.get('account', 'default')) %}
            {% do problems.append("loader_tables must give an account a name, such as research" ~ one_is) %}
        {% else %}
            {% for setting in ['database', 'usage_table', 'costs_table'] %}
                {% if tokenmart.value_problem(entry.get(setting), {'kind': 'identifier', 'example': 'usage', 'is_optional': true}) %}
                    {% do problems.append("loader_tables must give " ~ setting ~ " a name without quotes and semicolons" ~ one_is) %}
                {% endif %}
            {% endfor %}
            {% set tables = [] %}
            {% for part in ['usage', 'costs'] %}
                {% set whose = part ~ ' of ' ~ entry.provider ~ ', account ' ~ entry.get('account', 'default') %}
                {% if entry.get(part ~ '_table') and part not in known[entry.loader][entry.provider] %}
                    {% do problems.append("loader_tables names a " ~ part ~ "_table, but " ~ entry.loader ~ " loads no " ~ part ~ " of " ~ entry.provider ~ one_is) %}
                {% elif tokenmart.loader_table(entry, part) %}
                    {% do tables.append(part) %}
                    {% if whose in given %}
                        {% do problems.append(
                            "loader_tables has two entries that give the " ~ whose ~ ", which would count twice."
                            ~ " Name the account of each, or set " ~ part ~ "_table: null in one."
                        ) %}
                    {% endif %}
                    {% do given.update({whose: true}) %}
                {% endif %}
            {% endfor %}
            {% if not tables %}
                {% do problems.append(
                    "loader_tables has an entry without a table. Set usage_table, costs_table or both"
                    ~ (": whoever runs dlt chooses their names" if entry.loader == 'dlt') ~ one_is
                ) %}
            {% endif %}
        {% endif %}
    {% endfor %}
    {{ return(problems) }}
{% endmacro %}
