{#
    Notes that a consumer has counted all that its table of days led it to. It runs in the transaction in
    which the days were cleared and counted, so that a run killed anywhere leaves both or neither. Days of another run, or
    without one of the tables that judge their rows, may be counted from what was judged of others: the next run counts them
    again, or everything if these were all days.

    batches: {ledger: column of the days that holds its last batch}
#}
{% macro advance_watermark(consumer, days, batches) %}
    {% if execute and not tokenmart.judges_in_this_run() %}
    {% if flags.FULL_REFRESH %}delete from {{ ref('int_watermarks') }} where consumer = '{{ consumer }}'{% endif %}
    {% else %}
    delete from {{ ref('int_watermarks') }} where consumer = '{{ consumer }}' and exists (select 1 from {{ days }} where run_id = {{ tokenmart.this_run() }});
    insert into {{ ref('int_watermarks') }} (consumer, ledger, batch_id, fingerprint)
    {% for ledger, column in batches.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ consumer }}',
        '{{ ledger }}',
        max({{ column }}),
        {{ tokenmart.literal(tokenmart.fingerprint(consumer)) }}
    from {{ days }}
    where run_id = {{ tokenmart.this_run() }}
    having count(*) > 0
    {% endfor %}
    {% endif %}
{% endmacro %}


{# True if this run makes all tables that the model's rows come through; they stand in the same folder as it. #}
{% macro judges_in_this_run() %}
    {% for node in graph.nodes.values() if node.resource_type == 'model' and node.fqn[:-1] == model.fqn[:-1] %}
        {% if node.config.materialized != 'view' and node.unique_id not in selected_resources %}
            {{ return(false) }}
        {% endif %}
    {% endfor %}
    {{ return(true) }}
{% endmacro %}


{#
    Before the days are found that a run counts anew: if they are all, nothing has been counted until the daily rows say so.
    Tables before them are built by the rules of this run, and stay so if it is killed.
#}
{% macro forget_watermark(consumer) %}
    {% if execute and tokenmart.counts_anew(consumer) %}
    delete from {{ ref('int_watermarks') }} where consumer = '{{ consumer }}'
    {% endif %}
{% endmacro %}


{#
    After the days are found that a run counts anew: no batch of the ledger tells the next run of those that a person asked
    for. Until the daily rows say that they are counted, nothing is.
#}
{% macro hold_days_asked_for(consumer) %}
    {% if var('start_date') or var('end_date') %}
    delete from {{ ref('int_watermarks') }} where consumer = '{{ consumer }}'
    {% endif %}
{% endmacro %}
