{#
    Refuses to go on with a seed of the user's that cannot be right, in sentences with their lines. The seed is read as text,
    because a cast would stop at the first wrong value without saying where; blanks are nulls.

    rules: {condition: sentence}, both SQL over the seed's columns; a line for which the condition is true has the problem.
    once: columns of which the same values may stand in two lines only if their days (valid_from to valid_to) do not meet.
#}
{% macro assert_sound_seed(seed, columns, rules, once) %}
    {% if not (execute and flags.WHICH in ['build', 'run']) %}
        {{ return('') }}
    {% endif %}
    {%- set present = tokenmart.column_types(seed) -%}
    {%- set missing = columns | reject('in', present) | list -%}
    {% if missing %}
        {{ exceptions.raise_compiler_error(
            "seeds/" ~ seed.identifier ~ ".csv lacks the column " ~ missing | join(", ") ~ ". Its first line names them: " ~ columns | join(",") ~ "."
        ) }}
    {% endif %}
    {%- set same = [] -%}
    {%- for column in once -%}
        {%- do same.append("coalesce(one." ~ column ~ ", '') = coalesce(other." ~ column ~ ", '')") -%}
    {%- endfor -%}
    {% set problems %}
        with lines as (
            select
                {%- for column in columns %}
                nullif(trim(cast({{ column }} as {{ dbt.type_string() }})), '') as {{ column }},
                {%- endfor %}
                cast(row_number() over () + 1 as integer) as line_number
            from {{ seed }}
        )
        {%- for condition, sentence in rules.items() %}
        select line_number, {{ sentence }} as problem from lines where {{ condition }}
        union all
        {%- endfor %}
        {%- for day in ['valid_from', 'valid_to'] %}
        select line_number, '{{ day }} is not a day such as 2026-01-31: ' || {{ day }} from lines where not {{ tokenmart.is_day(day) }}
        union all
        {%- endfor %}
        select line_number, 'valid_from is after valid_to' from lines where valid_from > valid_to
        union all
        select other.line_number, 'the same as line ' || one.line_number || ', and their days meet'
        from lines as one
        inner join lines as other on one.line_number < other.line_number and {{ same | join(' and ') }}
        where
            coalesce(one.valid_from, '') <= coalesce(other.valid_to, '9999')
            and coalesce(other.valid_from, '') <= coalesce(one.valid_to, '9999')
        order by 1, 2
        limit 21
    {% endset %}
    {% set sentences = [] %}
    {% for row in run_query(problems) %}
        {% do sentences.append("- line " ~ row[0] ~ ": " ~ row[1]) %}
    {% endfor %}
    {% if sentences %}
        {{ exceptions.raise_compiler_error(
            "seeds/" ~ seed.identifier ~ ".csv has errors:\n" ~ sentences[:20] | join("\n") ~ ("\n- and more" if sentences | length > 20)
            ~ "\nCorrect them and build again; `dbt retry` does not reload seeds."
        ) }}
    {% endif %}
{% endmacro %}


{# The first or last day of a line, as a date, of a seed that assert_sound_seed has looked at. #}
{% macro seed_day(column, otherwise) -%}
    cast(coalesce(nullif(trim({{ column }}), ''), '{{ otherwise }}') as date)
{%- endmacro %}
