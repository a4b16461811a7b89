{#
    After a run: a line for each ledger of what was new, changed and gone, and one for each group of tables that keep days, of which
    days were stated anew and why.
#}
{% macro tell_days(results) %}
    {% set made = results | selectattr('status', 'equalto', 'success') | map(attribute='node') | list %}
    {% set ledgers = [] %}
    {% set days = [] %}
    {% for node in made if node.resource_type == 'model' and node.package_name == 'tokenmart' %}
        {% if tokenmart.is_ledger(node) %}
            {% do ledgers.append(
                "select '" ~ node.name | replace('ledger_', '') ~ "', sum(case when row_version = 1 then 1 else 0 end),"
                ~ " sum(case when row_version > 1 and not is_deleted then 1 else 0 end), sum(case when is_deleted then 1 else 0 end)"
                ~ " from " ~ node.relation_name ~ " where source_instance = " ~ tokenmart.literal(var('source_instance'))
                ~ " and observed_at = " ~ tokenmart.as_of() ~ " having count(*) > 0"
            ) %}
        {% elif tokenmart.tables_of(node) %}
            {% do days.append(
                "select '" ~ tokenmart.tables_of(node) | map(attribute='name') | join(', ')
                ~ "', reason, count(*), min(restated_date), max(restated_date) from " ~ node.relation_name ~ " where is_stale group by 2"
            ) %}
        {% endif %}
    {% endfor %}
    {% set seen = run_query(ledgers | join(' union all ') ~ ' order by 1').rows if ledgers else [] %}
    {% set stated = run_query(days | join(' union all ') ~ ' order by 1, 2').rows if days else [] %}
    {% if ledgers and not seen and not stated %}
        {% do log("No source has anything new; no day is stated anew.", info=true) %}
    {% endif %}
    {% for row in seen %}
        {% do log(row[0] ~ ": " ~ row[1] ~ " rows new, " ~ row[2] ~ " changed, " ~ row[3] ~ " gone.", info=true) %}
    {% endfor %}
    {% for row in stated %}
        {% do log(
            row[0] ~ ": " ~ row[2] ~ " day" ~ ("s" if row[2] > 1) ~ " stated anew, " ~ row[3] ~ " to " ~ row[4] ~ " (" ~ row[1] ~ ").", info=true
        ) %}
    {% endfor %}
{% endmacro %}
