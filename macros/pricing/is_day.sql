{# True if a text is a day that there is, like 2024-02-29; a cast would end the build without a sentence. #}
{% macro is_day(text) -%}
    case
        when not ({{ text }} ~ '^(19|20|21)[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$') then false
        when substr({{ text }}, 6, 2) in ('04', '06', '09', '11') then substr({{ text }}, 9, 2) < '31'
        when substr({{ text }}, 6, 2) <> '02' then true
        when substr({{ text }}, 9, 2) < '29' then true
        else
            substr({{ text }}, 9, 2) = '29'
            and (
                cast(substr({{ text }}, 1, 4) as integer) % 400 = 0
                or (
                    cast(substr({{ text }}, 1, 4) as integer) % 4 = 0
                    and cast(substr({{ text }}, 1, 4) as integer) % 100 <> 0
                )
            )
    end
{%- endmacro %}
