-- Grain: provider × model_id as usage and bills name them.
-- Guarantee: one name for each model, whoever reports it (gpt-4.1 and gpt-4-1-2025-04-14 are gpt-4.1): that of the price
-- list, else its own without the date of a snapshot. Family and developer are those of the seed model_families whose words the
-- name has, both before one, and what stands first in the name before what stands later.
-- Trap: the developer made the model; the provider serves it. A name that the seed does not know has neither.

with names as (

    select
        provider,
        model_id,
        coalesce(price_model_id, {{ tokenmart.undated_model('model_id') }}) as canonical_model_id,
        ' ' || model_words || ' ' as words
    from {{ ref('int_model_names') }}

),

families as (

    select
        names.provider,
        names.model_id,
        families.model_family,
        families.model_developer,
        row_number() over (
            partition by names.provider, names.model_id
            order by
                case when nullif(families.second_word, '') is null then 1 else 0 end,
                {{ dbt.position("families.word", "names.canonical_model_id") }},
                families.word,
                families.second_word
        ) as place
    from names
    inner join {{ ref('model_families') }} as families
        on
            names.words like '% ' || families.word || ' %'
            and names.words like '% ' || coalesce(families.second_word || ' %', '%')

)

select
    names.provider,
    names.model_id,
    names.canonical_model_id,
    families.model_family,
    families.model_developer
from names
left join families
    on
        names.provider = families.provider
        and names.model_id = families.model_id
        and families.place = 1
