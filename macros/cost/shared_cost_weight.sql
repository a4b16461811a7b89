{#
    What a row weighs where the company's cost without an owner is shared out. By the variable shared_cost_method it is spread over
    the owners in proportion to their company cost (direct_cost) or tokens, or evenly; 'none' spreads nothing.

    owned          true for a row of an owner
    place          the row's number among those of its owner
    rows_of_owner  how many these are
#}
{% macro shared_cost_weight(method, owned, place, rows_of_owner) -%}
{%- if method == 'direct_cost' -%}
-- in micro-dollars; a billion dollars weigh as much as more, so that the shares can be worked out
case
    when {{ owned }}
        then {{ tokenmart.whole_units('least(greatest(coalesce(company_cost_usd, 0), 0), 1000000000)', 6) }}
    else 0
end
{%- elif method == 'tokens' -%}
case when {{ owned }} then total_tokens else 0 end
{%- elif method == 'even' -%}
-- a million for each owner, over its rows
case
    when {{ owned }}
        then {{ tokenmart.cumulative_share(1000000, place, rows_of_owner) }}
            - {{ tokenmart.cumulative_share(1000000, '(' ~ place ~ ' - 1)', rows_of_owner) }}
    else 0
end
{%- else -%}
0
{%- endif %}
{%- endmacro %}
