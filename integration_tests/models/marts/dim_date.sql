-- A calendar of this project's own; tokenmart's keeps its name in its own schema.

select cast('2025-01-01' as date) as day
