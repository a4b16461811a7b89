{# After a run, for the log: what each ledger found new, changed and deleted, and which days were recomputed and why. #}
{% macro report_days(results) %}
    {% set ledgers = [] %}
    {% set days = [] %}
    {% for node in results | selectattr('status', 'equalto', 'success') | map(attribute='node') | selectattr('package_name', 'equalto', 'tokenmart') %}
        {% if tokenmart.is_ledger(node) %}
            {% do ledgers.append(
                "select '" ~ node.config.meta.source ~ "', '" ~ node.name | replace('ledger_', '') ~ "', sum(case when row_version = 1 then 1 else 0 end),"
                ~ " sum(case when row_version > 1 and not is_deleted then 1 else 0 end), sum(case when is_deleted then 1 else 0 end)"
                ~ " from " ~ node.relation_name ~ " where source_instance = " ~ tokenmart.literal(var('source_instance'))
                ~ " and observed_at = " ~ tokenmart.as_of() ~ " having count(*) > 0"
            ) %}
        {% elif tokenmart.tables_of(node) %}
            {% do days.append(
                "select '" ~ tokenmart.tables_of(node) | map(attribute='name') | join(', ')
                ~ "', reason, count(*), min(recompute_date), max(recompute_date) from " ~ node.relation_name ~ " where is_stale group by 2"
            ) %}
        {% endif %}
    {% endfor %}
    {% if ledgers %}
        {% set found = {} %}
        {% for source, table, new, changed, gone in run_query(ledgers | join(' union all ') ~ ' order by 1, 2').rows %}
            {% do found.setdefault(source, []).append(table ~ " " ~ new ~ " new, " ~ changed ~ " changed, " ~ gone ~ " gone") %}
        {% endfor %}
        {% for source, tables in found.items() %}
            {% do log("Found in " ~ source ~ ": " ~ tables | join('; ') ~ ".", info=true) %}
        {% else %}
            {% do log("Found nothing new in any source.", info=true) %}
        {% endfor %}
    {% endif %}
    {% set whole = [] %}
    {% set stated = run_query(days | join(' union all ') ~ ' order by 1, 2').rows if days else [] %}
    {% for tables, reason, count, first, last in stated %}
        {% if reason == 'built whole' %}
            {% do whole.append(tables) %}
        {% else %}
            {% do log(
                "Recomputed in " ~ tables ~ ": " ~ count ~ (" days, " if count > 1 else " day, ") ~ first ~ " to " ~ last
                ~ " (" ~ reason ~ ").", info=true
            ) %}
        {% endif %}
    {% endfor %}
    {% if whole %}{% do log("Built in full: " ~ whole | join(', ') ~ ".", info=true) %}{% endif %}
{% endmacro %}
