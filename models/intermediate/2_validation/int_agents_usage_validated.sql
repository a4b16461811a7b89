{{ config(materialized='view') }}

-- Grain: one row for each current row of the ledger, none dropped, with every reason for quarantine.
-- Guarantee: quarantine_reasons is null exactly for the valid rows, those that are counted or excluded. It is a function of
-- the ledger, so a changed rule applies to the past as well.
-- Traps: a null token_source is the source's default, company; only other words are impossible.
-- Deleting an employee or a configuration blanks it in the records that it has left behind, which
-- does not change who used what: known_employee_id is the last one that the record ever named.

with records as (

    {{ tokenmart.ledger_current(ref('ledger_usage_records')) }}

),

{{ tokenmart.validated_records() }}
