{#
    What shapes the rows that a consumer counts, as JSON: variables with their values, and the steps of context, as the
    file has them and as they are loaded: `dbt run` loads no seeds.
#}
{% macro fingerprint(consumer) %}
    {# raised when daily rows or facts get another column, or the models before them another rule #}
    {% set values = {'rules': 11} %}
    {% for name, rule in tokenmart.variables().items() if consumer.split('_')[1] in rule.get('shapes', []) %}
        {% do values.update({name: var(name)}) %}
    {% endfor %}
    {% if execute and consumer == 'int_provider_usage_daily' %}
        {# a project that has tokenmart as a package may have put its own in the place of ours #}
        {% for seed in graph.nodes.values() if seed.resource_type == 'seed' and seed.name == 'context_steps' %}
            {% do values.update({'seed context_steps': seed.checksum.checksum}) %}
            {% set loaded = adapter.get_relation(seed.database, seed.schema, seed.alias) %}
            {% if loaded is not none %}
                {% set rows = run_query("select model_id, above_input_tokens, context_band from " ~ loaded ~ " order by 1, 2, 3") %}
                {% do values.update({'loaded context_steps': local_md5(rows.rows | map('join', ' ') | join('\n'))}) %}
            {% endif %}
        {% endfor %}
    {% endif %}
    {{ return(tojson(values, sort_keys=true)) }}
{% endmacro %}
