"""tokenmart: the accounting of AI usage, as a dbt project and one command line."""
