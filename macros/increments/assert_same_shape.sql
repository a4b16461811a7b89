{#
    Refuses to count new days by other rules than those by which the days before them were counted.
    What shapes daily rows is stored with each watermark. A source that is switched off counts no days.
#}
{% macro assert_same_shape() %}
    {% set watermarks = tokenmart.built_relation('int_watermarks') if execute %}
    {% if watermarks and not flags.FULL_REFRESH and not tokenmart.resets_ledger() %}
        {% set problems = [] %}
        {% set rows = run_query("select distinct consumer, fingerprint from " ~ watermarks ~ " order by consumer") %}
        {% for row in rows if row['consumer'].split('_')[1] in tokenmart.usage_sources() %}
            {% set before = fromjson(row['fingerprint']) %}
            {% for name, now in fromjson(tokenmart.fingerprint(row['consumer'])).items() if before.get(name) != now %}
                {% do problems.append("- " ~ name ~ " was " ~ tojson(before.get(name)) ~ " and is " ~ tojson(now)) %}
            {% endfor %}
        {% endfor %}
        {% if problems %}
            {{ exceptions.raise_compiler_error(
                "What shapes the daily rows has changed since they were counted:\n" ~ problems | unique | join('\n')
                ~ "\nRun --full-refresh; the ledger stays."
            ) }}
        {% endif %}
    {% endif %}
{% endmacro %}


{# A model of this project as it stands in the warehouse; none if it was not built yet. #}
{% macro built_relation(name) %}
    {% set node = graph.nodes['model.tokenmart.' ~ name] %}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias)) }}
{% endmacro %}
