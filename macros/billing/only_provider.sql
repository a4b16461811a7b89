{# The CTE `only_provider` (source_instance, provider): of a bill that names no provider, that of the keys, if they name only one. #}
{% macro only_provider() -%}
only_provider as (

    select
        source_instance,
        min({{ tokenmart.plain_name('provider') }}) as provider
    from {{ ref('ledger_provider_keys') }}
    where {{ tokenmart.plain_name('provider') }} <> ''
    group by 1
    having count(distinct {{ tokenmart.plain_name('provider') }}) = 1

)
{%- endmacro %}
