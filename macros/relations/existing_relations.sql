{#
    What stands in the schemas of tokenmart's nodes:
    {database.schema.name: {kind: table or view, comment, owner: a role whose place this one cannot take, or none}}
    The catalogue is read once a run, before the first model.
#}
{% macro existing_relations() %}
    {% set notes = tokenmart.notes_of_this_run() %}
    {% if 'existing' not in notes %}{% do notes.update({'existing': tokenmart.read_existing_relations()}) %}{% endif %}
    {{ return(notes.existing) }}
{% endmacro %}


{# The comment that a node's relation had before this run. #}
{% macro existing_comment(node) %}
    {{ return(tokenmart.existing_relations().get(tokenmart.relation_name(node), {}).get('comment')) }}
{% endmacro %}


{#
    What a run has read and need not read again, in the one place that all of its nodes share. Who runs dbt from Python may give
    the same graph to many runs.
#}
{% macro notes_of_this_run() %}
    {% if graph.get('tokenmart', {}).get('run_id') != invocation_id %}
        {% do graph.update({'tokenmart': {'run_id': invocation_id}}) %}
    {% endif %}
    {{ return(graph.tokenmart) }}
{% endmacro %}


{% macro read_existing_relations() %}
    {% set nodes = tokenmart.built_nodes() %}
    {% set databases = tokenmart.quoted_list(nodes | map(attribute='database') | map('lower') | unique | list) %}
    {% set schemas = tokenmart.quoted_list(nodes | map(attribute='schema') | map('lower') | unique | list) %}
    {% set found = {} %}
    {% for row in run_query(tokenmart.existing_relations_query(databases, schemas)) %}
        {% do found.update({row[0] | lower: {'kind': row[1], 'comment': row[2] or '', 'owner': row[3]}}) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}
