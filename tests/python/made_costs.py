"""A built warehouse whose fct_cost_daily holds the rows of a test."""

from warehouses import Warehouse


def with_costs(warehouse: Warehouse, select: str) -> None:
    """Have fct_cost_daily hold these rows, in columns of the same names."""
    warehouse.execute(
        f"""
        create table analytics.made as from analytics.fct_cost_daily limit 0;
        insert into analytics.made by name {select};
        drop view analytics.fct_cost_daily;
        alter table analytics.made rename to fct_cost_daily;
        """
    )


ROW = """
    'k' as cost_key, 'k' as usage_key, 'agents' as source_system, 'main' as source_instance,
    date '2026-10-31' as usage_date, 'o' as org_id, 'm' as model_id, 'm' as canonical_model_id,
    'company' as token_source, 'llm_tokens' as resource_type, true as is_counted,
    10 as total_tokens, 8 as input_tokens,
    2 as output_tokens, 0 as cached_input_tokens, 1 as record_count, 0.004 as cost_usd,
    0.004 as company_cost_usd, 0 as personal_cost_usd, 'recorded' as cost_basis
"""


def replace_mart(warehouse: Warehouse, name: str) -> None:
    """Have the table analytics.made take the place of a mart."""
    kind = warehouse.value(
        f"select table_type from information_schema.tables where table_name = '{name}'"
    )
    warehouse.execute(f"drop {kind.removeprefix('BASE ')} analytics.{name}")
    warehouse.execute(f"alter table analytics.made rename to {name}")
