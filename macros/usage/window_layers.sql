{# How many layers of windows within windows are looked for: the usage API has minutes, hours, days, and days that name nothing. #}
{% macro window_layers() %}{{ return(6) }}{% endmacro %}
