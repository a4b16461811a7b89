{{ config(materialized='view') }}

-- Grain: one row a current row of the ledger, none dropped, with every reason against it.
-- Guarantee: quarantine_reasons is null exactly for the rows that are counted. It is a function of
-- the ledger, so a changed rule judges the past anew.
-- Traps: a null token_source is the source's default, company; only other words are impossible.
-- Deleting an employee or a configuration blanks it in the records that it has left behind, which
-- does not change who used what: known_employee_id is the last one that the record ever named.

with records as (

    {{ tokenmart.ledger_current(ref('ledger_usage_records')) }}

),

{{ tokenmart.checked_records() }}
