{# Names that are one and the same without a date and with dashes for dots would count a usage twice. #}
{% test unique_undated(model, column_name) %}

select {{ tokenmart.undated_model(column_name) }} as undated_model
from {{ model }}
group by 1
having count(*) > 1

{% endtest %}
