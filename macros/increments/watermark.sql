{#
    The batch of a ledger up to which a consumer has counted, as a SQL expression; 0 if it must count
    everything: it was never built, it is to be built anew, or the ledger has been reset since.
#}
{% macro watermark(consumer, ledger) -%}
    {%- if tokenmart.counts_anew(consumer) -%}
        0
    {%- else -%}
        coalesce((
            select max(watermarks.batch_id)
            from {{ ref('int_watermarks') }} as watermarks
            where
                watermarks.consumer = '{{ consumer }}'
                and watermarks.ledger = '{{ ledger.identifier }}'
                and watermarks.batch_id <= (select max(batch_id) from {{ ledger }})
        ), 0)
    {%- endif -%}
{%- endmacro %}


{# True if the consumer's table will be built whole in this run. #}
{% macro counts_anew(consumer) %}
    {% if not execute %}
        {{ return(false) }}
    {% endif %}
    {{ return(flags.FULL_REFRESH or tokenmart.resets_ledger() or tokenmart.built_relation(consumer) is none) }}
{% endmacro %}
