{#
    The rows of which there are several with the same identity, numbered from 1 in an order of preference:
    the first is the one that counts. Only rows that share a hash of their identity are sorted, which spares the
    millions that are unique; one that shares it by chance is a first of its own.

    identity: columns without nulls.
#}
{% macro repeated_rows(relation, identity, order_by) %}
    {%- set identity_hash = tokenmart.row_hash('(' ~ identity | join(', ') ~ ')') %}
    select
        listed.source_instance,
        listed.row_key,
        row_number() over (
            partition by {% for column in identity %}listed.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
            order by {% for column in order_by %}listed.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
        ) as repetition
    from (
        select
            *,
            {{ identity_hash }} as identity_hash
        from {{ relation }}
    ) as listed
    inner join (
        select {{ identity_hash }} as identity_hash
        from {{ relation }}
        group by 1
        having count(*) > 1
    ) as repeated
        on listed.identity_hash = repeated.identity_hash
{%- endmacro %}
