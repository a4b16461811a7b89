{#
    Notes that a consumer has counted all that its table of days led it to. It runs in the transaction in
    which the days were cleared and counted, so that a run killed anywhere leaves both or neither.

    batches: {ledger: column of the days that holds its last batch}
#}
{% macro advance_watermark(consumer, days, batches) %}
    delete from {{ ref('int_watermarks') }} where consumer = '{{ consumer }}' and exists (select 1 from {{ days }});
    insert into {{ ref('int_watermarks') }} (consumer, ledger, batch_id, fingerprint)
    {% for ledger, column in batches.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ consumer }}',
        '{{ ledger }}',
        max({{ column }}),
        {{ tokenmart.literal(tokenmart.fingerprint(consumer)) }}
    from {{ days }}
    having count(*) > 0
    {% endfor %}
{% endmacro %}
