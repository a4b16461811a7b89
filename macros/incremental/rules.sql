{#
    What shapes the rows of the tables whose days a model finds: the text of the models and macros between what the days' digests
    are made of and the tables, and the variables that this text names. {hash, variables: {name: value}}; variables are those
    of which a change may not recompute a day by itself.

    tables: the nodes of these tables.
#}
{% macro rules(tables) %}
    {% set texts = {} %}
    {% for table in tables %}
        {% for node in tokenmart.nodes_between(model, table) %}
            {% do texts.update({node.unique_id: node.raw_code}) %}
            {% do tokenmart.add_macros(texts, node.depends_on.macros) %}
        {% endfor %}
    {% endfor %}
    {% set words = [] %}
    {% for id, text in texts.items() | sort %}
        {% set without_comments = modules.re.sub('(?s)\\{#.*?#\\}|(?<![^\\s])--[^\\n]*', '', text) %}
        {% do words.append(id ~ ' ' ~ without_comments.split() | join(' ')) %}
    {% endfor %}
    {% set text = words | join('\n') %}
    {% set variables = {} %}
    {% for name in modules.re.findall('\\b(?:var|number_of)\\([\'"](\\w+)[\'"]', text) | unique | sort %}
        {% if name in tokenmart.variables() and not tokenmart.variables()[name].is_of_a_run %}
            {% do variables.update({name: var(name)}) %}
        {% endif %}
    {% endfor %}
    {% set fixed = {} %}
    {% for name, value in variables.items() if not tokenmart.variables()[name].is_recomputed %}
        {% do fixed.update({name: value}) %}
    {% endfor %}
    {{ return({'hash': local_md5(text ~ tojson(variables)), 'variables': fixed}) }}
{% endmacro %}


{#
    The models on the way from what a model of days digests to a table that keeps these days, the table included: what they read
    besides does not change unless a digest does.
#}
{% macro nodes_between(days, table) %}
    {% set found = {} %}
    {% set left = [table.unique_id] %}
    {# Jinja has no loop that ends by itself; each round takes one node, and adds those that are new #}
    {% for _ in range(graph.nodes | length) if left %}
        {% set node = graph.nodes[left.pop()] %}
        {% if node.resource_type == 'model' and node.unique_id != days.unique_id and node.unique_id not in days.depends_on.nodes %}
            {% do found.update({node.unique_id: node}) %}
            {% for id in node.depends_on.nodes if id not in found and id in graph.nodes %}
                {% do left.append(id) %}
            {% endfor %}
        {% endif %}
    {% endfor %}
    {{ return(found.values() | list) }}
{% endmacro %}


{# Adds the text of macros and of those that they call; dbt's own are its own affair. #}
{% macro add_macros(texts, ids) %}
    {% for id in ids if id not in texts %}
        {% set package, name = id.split('.')[1:] %}
        {% if package in context and name in context[package] and not package.startswith('dbt') %}
            {% set macro = context[package][name].macro %}
            {% do texts.update({id: macro.macro_sql}) %}
            {% do tokenmart.add_macros(texts, macro.depends_on.macros) %}
        {% endif %}
    {% endfor %}
{% endmacro %}
