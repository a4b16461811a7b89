"""What is measured on a database: builds, one node, the reference script, three models of dbt."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from databases import Database, Spent

REFERENCE = Path(__file__).with_name("reference.sql")
FACTS = ("fct_provider_usage_daily", "fct_agent_usage_daily", "fct_voice_usage_daily")
ONE_NODE = "stg_provider__provider_keys"
STATEMENT = re.compile(
    r"^\S+ \[debug\] \[.*?\]: On [\w.]+: (?!Close$|No close available|ROLLBACK$)", re.MULTILINE
)

KEPT_PARSE = "Partial parsing enabled: 0 files deleted, 0 files added, 0 files changed."


class Build(NamedTuple):
    """One `dbt build`."""

    seconds: float
    cpu_seconds: float
    written_bytes: int
    peak_bytes: int
    nodes_seconds: float
    """From the start of the first node to the end of the last one."""
    nodes: dict[str, float]
    """Seconds of each model, seed and test; on several threads they wait for one another."""
    statements: int
    parse: str
    """Whether dbt could keep an earlier one: `kept` or `cold`."""


def build(database: Database, *options: str) -> Build:
    """One `dbt build`, of whatever there is to do."""
    spent = database.spend(lambda: database.dbt("build", "--selector", "daily", *options))
    path = database.folder / "target" / "run_results.json"
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    moments = [
        datetime.fromisoformat(timing[name])
        for each in results
        for timing in each["timing"]
        for name in ("started_at", "completed_at")
    ]
    log = "".join(
        each.read_text(encoding="utf-8") for each in (database.folder / "logs").glob("dbt.log*")
    )
    return Build(
        *spent,
        database.peak_bytes,
        (max(moments) - min(moments)).total_seconds(),
        {
            each["unique_id"]: each["execution_time"]
            for each in results
            if each["unique_id"].startswith(("model.", "seed.", "test."))
        },
        # dbt logs a commit twice
        len(STATEMENT.findall(log)) - log.count(": COMMIT") // 2,
        "kept"
        if "Partial parsing enabled: 0 files deleted, 0 files added, 0 files" in log
        else "cold",
    )


def one_node(database: Database, *options: str) -> Spent:
    """dbt's own cost: its start, the checks before a build, and a view."""
    return database.spend(lambda: database.dbt("run", "--select", ONE_NODE, *options))


def reference(database: Database) -> Spent:
    """What the reference script takes; its facts must be those of the build."""
    spent = database.spend(lambda: database.execute(REFERENCE.read_text(encoding="utf-8")))
    for fact in FACTS:
        ours, theirs = (output_hash(database, name, fact) for name in ("analytics", "reference"))
        if ours is None or ours != theirs:
            raise SystemExit(f"{fact} is not what the reference script says: {ours}, {theirs}")
    return spent


def three_models(database: Database, *options: str) -> Spent:
    """A dbt project that makes the reference script's facts, and nothing else."""
    project = database.folder / "three_models"
    if not project.exists():
        _write_three_models(project, database.engine)
        database.dbt("parse", project=project, target="three_models/target")
    return database.spend(
        lambda: database.dbt("run", *options, project=project, target="three_models/target")
    )


def _write_three_models(project: Path, engine: str) -> None:
    (project / "models").mkdir(parents=True)
    models = {"+materialized": "table", "+schema": "three_models"}
    if engine == "duckdb":
        # as Postgres calls it
        models["+pre-hook"] = "create or replace temp macro div(a, b) as a // b"
    settings = {"name": "three_models", "profile": "tokenmart", "models": models}
    settings["flags"] = {"send_anonymous_usage_stats": False}
    (project / "dbt_project.yml").write_text(json.dumps(settings), encoding="utf-8")
    _, *tables = REFERENCE.read_text(encoding="utf-8").split("create table reference.")
    for table in tables:
        name, query = table.split(" as\n", 1)
        (project / "models" / f"{name}.sql").write_text(query.rstrip("; \n"), encoding="utf-8")


def outcomes(database: Database) -> dict[str, int]:
    """How many rows count, and for which reasons the others do not."""
    tables = ("usage_events", "usage_records", "voice_usage_metrics")
    reasons = " union all ".join(
        f"select exclusion_reason as outcome, 1 as row_count from analytics.excluded_{table} "
        f"union all select 'quarantined', 1 from analytics.quarantine_{table}"
        for table in tables
    )
    counted = " union all ".join(
        f"select 'counted', record_count from analytics.{fact}" for fact in FACTS
    )
    rows = database.execute(
        f"select outcome, sum(row_count) from ({reasons} union all {counted}) as outcomes "
        "group by 1 order by 1"
    )
    return {outcome: int(count) for outcome, count in rows}


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
