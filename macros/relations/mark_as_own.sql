{#
    The comment by which tokenmart knows what it built, as a post-hook in the transaction that builds
    it: whatever a killed run leaves behind is either marked or not there. What stays where it was keeps its comment.
#}
{% macro mark_as_own() %}
    {%- set comment = tokenmart.mark_of(model) -%}
    {%- if execute and not tokenmart.keeps_comment(comment) -%}
        {# persist_docs, if a project has it on, writes the description after this hook, or has just written it #}
        {%- do model.update({'description': comment}) -%}
        comment on {{ model.config.materialized | replace('_', ' ') if 'view' in model.config.materialized else 'table' }} {{ this }}
        is {{ tokenmart.literal(comment) }}
        {#- columns of the public models, for people who see the database alone; within the statement of the mark #}
        {%- if model.access == 'public' and model.config.contract.enforced and not config.persist_column_docs() and tokenmart.takes_column_comments() %}
            {%- for column in model.columns.values() if column.description %};
        comment on column {{ this }}.{{ adapter.quote(column.name) }} is {{ tokenmart.literal(column.description | trim) }}
            {%- endfor %}
        {%- endif %}
    {%- endif -%}
{% endmacro %}


{# Whether the relation was there before, stays, and bears the comment. #}
{% macro keeps_comment(comment) %}
    {{ return(
        model.is_kept
        or is_incremental() and not config.persist_relation_docs() and tokenmart.existing_comment(model) == comment
    ) }}
{% endmacro %}


{% macro mark_of(node) %}
    {% set description = node.description | trim %}
    {{ return(description if description.startswith(tokenmart.mark()) else tokenmart.mark() ~ ': ' ~ description) }}
{% endmacro %}


{% macro mark() %}
    {{ return('Made by tokenmart') }}
{% endmacro %}
