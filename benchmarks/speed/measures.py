"""What is measured on a database: builds, the reference script, a bare `group by`."""

import json
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from databases import Database

REFERENCE = Path(__file__).with_name("reference.sql")
FACTS = ("fct_provider_usage_daily", "fct_agent_usage_daily", "fct_voice_usage_daily")
GROUP_BYS = """
create temp table provider_daily as
select
    cast(coalesce(window_start, "timestamp") as date) as usage_date, key_id, model, project_id,
    openai_user_id, openai_api_key_id, service_tier, batch,
    sum(tokens_in) as tokens_in, sum(tokens_out) as tokens_out, sum(cost_estimate) as cost_estimate
from raw_provider.usage_events
group by 1, 2, 3, 4, 5, 6, 7, 8;

create temp table agents_daily as
select
    cast(period_start as date) as usage_date, org_id, employee_id, agent_config_id, resource_type,
    token_source, sum(quantity) as quantity, sum(cost_usd) as cost_usd
from raw_agents.usage_records
group by 1, 2, 3, 4, 5, 6;

create temp table voice_daily as
select
    cast("timestamp" as date) as usage_date, conversation_id, sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens
from raw_voice.voice_usage_metrics
group by 1, 2;
"""


class Build(NamedTuple):
    """Seconds of one `dbt build`. The nodes' are sums of what run_results.json says of each."""

    ledgers: float
    """The models that compare the sources with the ledger."""
    models: float
    """All other models, the seeds and the checks before them."""
    tests: float
    process: float
    peak_bytes: int
    nodes: dict[str, float]

    @property
    def nodes_but_ledgers(self) -> float:
        return self.models + self.tests

    @property
    def all_nodes(self) -> float:
        return self.ledgers + self.models + self.tests


def build(database: Database, threads: int) -> Build:
    """One `dbt build`, of whatever there is to do."""
    process = database.build("--threads", str(threads))
    path = database.folder / "target" / "run_results.json"
    nodes = {
        each["unique_id"]: each["execution_time"]
        for each in json.loads(path.read_text(encoding="utf-8"))["results"]
    }
    seconds: dict[str, float] = defaultdict(float)
    for name, taken in nodes.items():
        seconds[_kind(name)] += taken
    return Build(
        seconds["ledger"],
        seconds["model"],
        seconds["test"],
        process.seconds,
        process.peak_bytes,
        nodes,
    )


def _kind(node: str) -> str:
    if node.startswith("test."):
        return "test"
    return "ledger" if node.startswith("model.tokenmart.ledger_") else "model"


def reference(database: Database) -> float:
    """How long the reference script takes; its facts must be those of the build."""
    taken = _seconds(database, REFERENCE.read_text(encoding="utf-8"))
    for fact in FACTS:
        ours, theirs = (output_hash(database, name, fact) for name in ("analytics", "reference"))
        if ours is None or ours != theirs:
            raise SystemExit(f"{fact} is not what the reference script says: {ours}, {theirs}")
    return taken


def fates(database: Database) -> dict[str, int]:
    """How many rows count, and for which reasons the others do not."""
    tables = ("usage_events", "usage_records", "voice_usage_metrics")
    reasons = " union all ".join(
        f"select exclusion_reason as fate, 1 as row_count from analytics.excluded_{table} "
        f"union all select 'quarantined', 1 from analytics.quarantine_{table}"
        for table in tables
    )
    counted = " union all ".join(
        f"select 'counted', record_count from analytics.{fact}" for fact in FACTS
    )
    rows = database.execute(
        f"select fate, sum(row_count) from ({reasons} union all {counted}) as fates "
        "group by 1 order by 1"
    )
    return {fate: int(count) for fate, count in rows}


def group_bys(database: Database) -> float:
    """How long it takes to add up each source by its ids and day, and no more."""
    return _seconds(database, GROUP_BYS)


def _seconds(database: Database, script: str) -> float:
    started = time.perf_counter()
    database.execute(script)
    return time.perf_counter() - started


def output_hash(database: Database, schema: str, fact: str) -> str | None:
    """A hash of all rows in the columns of the reference, the same on every engine."""
    columns = database.execute(
        "select column_name from information_schema.columns "
        f"where table_schema = 'reference' and table_name = '{fact}' order by ordinal_position"
    )
    values = ", ".join(f"coalesce(cast({column} as text), '')" for (column,) in columns)
    found: str | None
    ((found,),) = database.execute(
        f"select md5(string_agg(row_hash, '' order by row_hash)) "
        f"from (select md5(concat_ws('|', {values})) as row_hash from {schema}.{fact}) as hashed"
    )
    return found
