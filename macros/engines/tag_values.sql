{#
    The tags of a relation's rows, one for each row and value: key, dimension and tag_value. A JSON list gives its entries, of the
    dimension 'tag'; an object gives 'key=value' for each of its members, of 'tag:key'; any other text is a tag by itself.

    relation: has the columns key and tags.
#}
{% macro tag_values(relation) %}
    {{- return(adapter.dispatch('tag_values', 'tokenmart')(relation)) -}}
{% endmacro %}

{% macro default__tag_values(relation) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__tag_values(relation) -%}
    {{ tokenmart.tags_by_shape(relation, 'json_type(document)', {'list': 'ARRAY', 'object': 'OBJECT', 'text': 'VARCHAR'}, 'json_extract_string(document, \'$\')') }}
    select
        shaped.key,
        'tag' as dimension,
        json_extract_string(entries.value, '$') as tag_value
    from shaped
    cross join json_each(shaped.document) as entries
    where shaped.shape = 'list'

    union all

    select
        shaped.key,
        'tag:' || entries.key,
        entries.key || '=' || json_extract_string(entries.value, '$')
    from shaped
    cross join json_each(shaped.document) as entries
    where shaped.shape = 'object'
{%- endmacro %}

{% macro postgres__tag_values(relation) -%}
    {{ tokenmart.tags_by_shape(relation, 'json_typeof(cast(document as json))', {'list': 'array', 'object': 'object', 'text': 'string'}, 'cast(document as json) #>> \'{}\'') }}
    select
        shaped.key,
        'tag' as dimension,
        entries.entry as tag_value
    from shaped
    -- a function of a row is called before the condition on the row is looked at
    cross join json_array_elements_text(
        cast(case when shaped.shape = 'list' then shaped.document else '[]' end as json)
    ) as entries (entry)

    union all

    select
        shaped.key,
        'tag:' || entries.name,
        entries.name || '=' || entries.entry
    from shaped
    cross join json_each_text(
        cast(case when shaped.shape = 'object' then shaped.document else '{}' end as json)
    ) as entries (name, entry)
{%- endmacro %}


{# The tags with their shape, as CTEs, and those that are one text. #}
{% macro tags_by_shape(relation, type, types, text) -%}
    with documents as (

        select
            key,
            tags,
            case when {{ tokenmart.is_json('tags') }} then tags end as document
        from {{ relation }}
        where tags is not null

    ),

    shaped as (

        select
            key,
            tags,
            document,
            case {{ type }} when '{{ types.list }}' then 'list' when '{{ types.object }}' then 'object' else 'text' end as shape
        from documents

    )

    select
        key,
        'tag' as dimension,
        case when {{ type }} = '{{ types.text }}' then {{ text }} else tags end as tag_value
    from shaped
    where shape = 'text'

    union all
{% endmacro %}
