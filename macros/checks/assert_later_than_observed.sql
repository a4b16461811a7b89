{#
    Refuses to observe at a moment before the ledger's last one of this installation. What is new would have been first observed before it
    happened, and be from the future for good: a first observation is kept. A machine's own clock may be behind by as much as a row
    may be ahead.

    existing: what existing_relations() found.
#}
{% macro assert_later_than_observed(existing) %}
    {% set ledgers = [] %}
    {% for node in tokenmart.selected_nodes() if tokenmart.is_ledger(node) %}
        {% if tokenmart.relation_name(node) in existing and not node.config.full_refresh %}
            {% do ledgers.append(node.relation_name) %}
        {% endif %}
    {% endfor %}
    {% if ledgers %}
        {% set last = run_query(tokenmart.last_observed_query(ledgers)).rows[0] %}
        {% if last[0] and var('as_of') %}
            {{ exceptions.raise_compiler_error(
                "The variable as_of is '" ~ var('as_of') ~ "', but the ledger last observed " ~ var('source_instance') ~ " at " ~ last[1]
                ~ ". Rows that arrived since would be quarantined as from the future, permanently. Leave as_of out, or set it to that moment or later."
            ) }}
        {% elif last[0] %}
            {{ exceptions.raise_compiler_error(
                "This machine's clock says " ~ run_started_at.strftime('%Y-%m-%d %H:%M:%S') ~ " in UTC, but the ledger last observed "
                ~ var('source_instance') ~ " at " ~ last[1] ~ ", more than max_future_hours later. Rows that arrived since would be"
                ~ " quarantined as from the future, permanently. Set the clock, or pass the time as as_of. If the clock is right, an earlier"
                ~ " run had a wrong one: docs/quarantine.md says how to correct what it observed."
            ) }}
        {% endif %}
    {% endif %}
{% endmacro %}


{# Whether the last observation in the ledgers is too late for this run, and when it was. #}
{% macro last_observed_query(ledgers) %}
    select
        max(observed_at) > {{ dbt.dateadd('hour', 0 if var('as_of') else var('max_future_hours'), tokenmart.as_of()) }},
        cast(max(observed_at) as {{ dbt.type_string() }})
    from (
        {% for ledger in ledgers %}
        {{ 'union all' if not loop.first }}
        select max(observed_at) as observed_at
        from {{ ledger }}
        where source_instance = {{ tokenmart.literal(var('source_instance')) }}
        {% endfor %}
    ) as last
{% endmacro %}
