-- Question: is every row, token and recorded dollar in the ledger counted, excluded or quarantined, once?
-- Grain: source_system × usage_date_utc, per source_instance; usage_date_utc is null for agents.
-- Guarantee: in = counted + excluded + quarantined in each of the three figures, tested in every build.
-- Trap: a row whose day is impossible has no usage_date_utc; it is still listed, under null.

with
{% for source in tokenmart.usage_sources() %}
{{ source }} as (

    select
        '{{ source }}' as source_system,
        *
    from {{ ref('audit_' ~ source ~ '_usage') }}

),
{% endfor %}
audited as (

    {% for source in tokenmart.usage_sources() %}
    {{ 'union all' if not loop.first }}
    select * from {{ source }}
    {% endfor %}

)

select * from audited
