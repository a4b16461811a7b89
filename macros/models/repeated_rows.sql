{#
    The rows of which there are several with the same identity, numbered from 1 in an order of preference:
    the first is the one that counts. Only repeated rows are sorted, which spares the millions that are unique.

    identity: columns without nulls.
#}
{% macro repeated_rows(relation, identity, order_by) %}
    select
        listed.source_instance,
        listed.row_key,
        row_number() over (
            partition by {% for column in identity %}listed.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
            order by {% for column in order_by %}listed.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
        ) as repetition
    from {{ relation }} as listed
    inner join (
        select {{ identity | join(', ') }}
        from {{ relation }}
        group by {{ identity | join(', ') }}
        having count(*) > 1
    ) as repeated
        on
            {%- for column in identity %}
            {{ 'and ' if not loop.first }}listed.{{ column }} = repeated.{{ column }}
            {%- endfor %}
{%- endmacro %}
