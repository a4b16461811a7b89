{#
    No two rows of a ledger are the same version of a row. Those of earlier batches were compared when they were
    appended, so a run compares the rows of the last batch, with each other and with the earlier ones.
#}
{% test unique_versions(model) %}
with last_batch as (

    select max(batch_id) as batch_id
    from {{ model }}

),

latest as (

    select
        versions.source_instance,
        versions.row_key,
        versions.row_version,
        {{ tokenmart.row_hash('(versions.source_instance, versions.row_key, versions.row_version)') }} as version_hash
    from {{ model }} as versions
    inner join last_batch on versions.batch_id = last_batch.batch_id

),

-- a number is quicker to group by; what shares one is looked at
alike as (

    select version_hash
    from latest
    group by version_hash
    having count(*) > 1

)

select
    latest.source_instance,
    latest.row_key,
    latest.row_version
from latest
inner join alike on latest.version_hash = alike.version_hash
group by latest.source_instance, latest.row_key, latest.row_version
having count(*) > 1

union all

select
    earlier.source_instance,
    earlier.row_key,
    earlier.row_version
from {{ model }} as earlier
inner join latest
    on
        earlier.source_instance = latest.source_instance
        and earlier.row_key = latest.row_key
        and earlier.row_version = latest.row_version
where earlier.batch_id < (select last_batch.batch_id from last_batch)
{% endtest %}
