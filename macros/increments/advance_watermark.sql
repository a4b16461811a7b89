{#
    Notes that a consumer has counted all that its table of days led it to. It runs in the transaction in
    which the days were cleared and counted, so that a run killed anywhere leaves both or neither. Days of another run may
    not be those of which rows were judged: they are counted, and the next run counts them again.

    batches: {ledger: column of the days that holds its last batch}
#}
{% macro advance_watermark(consumer, days, batches) %}
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
