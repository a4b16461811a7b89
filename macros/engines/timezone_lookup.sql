{# A query that returns a row if the warehouse knows the zone. #}
{% macro timezone_lookup(zone) %}
    {{ return(adapter.dispatch('timezone_lookup', 'tokenmart')(zone)) }}
{% endmacro %}

{% macro default__timezone_lookup(zone) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__timezone_lookup(zone) %}
    select name from pg_timezone_names() where name = {{ tokenmart.literal(zone) }}
{% endmacro %}

{% macro postgres__timezone_lookup(zone) %}
    select name from pg_timezone_names where name = {{ tokenmart.literal(zone) }}
{% endmacro %}
