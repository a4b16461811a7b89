"""Every expectation is broken once, on both engines, and seen: by name, and by the exit status.

The damage is done to a copy of the relation, without its constraints, that stands in its place;
then `tokenmart validate` runs with that expectation. Rules that cannot see each other's damage
share a run.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from draw import EVERYTHING
from postgres import PostgresWarehouse, Server
from typer.testing import CliRunner
from warehouses import ROOT, Warehouse

from tokenmart.cli import app
from tokenmart.project import Project
from tokenmart.quality import suites
from tokenmart.quality.check import Check
from tokenmart.quality.expectations import ExpectNoRowWhere, Rule
from tokenmart.relations import Relations
from tokenmart.warehouse import warehouse_of

PATTERNS = {
    r"(\w+) is there": 'update {t} set "{1}" = null where {one}',
    r"(\w+) is not negative": 'update {t} set "{1}" = -1 where {one}',
    r"(\w+) is one of .*": "update {t} set {1} = 'nonsense' where {one}",
    r"[\w, ]+: no two rows are the same": "insert into {t} select * from {t} where {one}",
    r"every (?!key_id)(\w+_id) is in .*": "update {t} set {1} = {nobody} where {one}",
    r"(\w+) fits into varchar\((\d+)\)": "update {t} set {1} = repeat('x', {2} + 1) where {one}",
    r"(\w+) fits into decimal\(10, 4\)": "update {t} set {1} = 1000000 where {one}",
    r"the versions of a row are numbered .*": "update {t} set row_version = 3 where {one}",
    r"every row is valid or quarantined, once": "update {t} set row_version = 2 where {one}",
    r"every row of the source has been observed; .*": "delete from {t} where {one}",
    r"no row is quarantined": "insert into {t} select * from {checked} where {one_checked};"
    " update {t} set quarantine_reasons = 'missing_id'",
    r"every reason is known": "insert into {t} select * from {checked} where {one_checked};"
    " update {t} set quarantine_reasons = 'missing_id, tuesday'",
    r"the refused rows are listed, and no others": "insert into {t}"
    " select * from {checked} where {one_checked}",
    r"each row has the totals of \w+, and none is missing": "delete from {t} where {one}",
    r"every (\w+) of fct_cost_daily is listed": "delete from {t} where {used}",
    r"every excluded row is a valid current row": "update {t} set row_version = 9 where {one}",
    r"(rows|tokens|recorded_cost_usd) of the ledger = .*": "update {t}"
    " set {1}_counted = {1}_counted - 1 where {one}",
    r"usage_key is the hash of the grain": "update {t} set usage_date = usage_date + 1 where {one}",
    r"input \+ output.* = total": "update {t} set input_tokens = input_tokens + 1 where {one}",
    r"the classes of \w+ make up the (input|output)": "update {t}"
    " set {1}_tokens = {1}_tokens - 1 where {one}",
    r"a cost is null where .*": "update {t} set list_cost_usd = null where {one}",
    r"usage_date and usage_date_utc are at most a day apart": "update {t}"
    " set usage_date_utc = usage_date - 2 where {one}",
    r"a period ends after it starts": "update {t}"
    " set period_start = '2026-10-02', period_end = '2026-10-01' where {one}",
    r"a window ends after it starts": "update {t}"
    " set window_start = '2026-10-02', window_end = '2026-10-01' where {one}",
    r"each row of fct_(\w+)_usage_daily is in it, and no others": "delete from {t}"
    " where source_system like '{1}%'",
    r"the cost is company or personal money, .*": "update {t}"
    " set company_cost_usd = personal_cost_usd, personal_cost_usd = company_cost_usd"
    " where cost_usd > 0",
    r"what is shared of a month adds up to nothing": "update {t}"
    " set shared_cost_usd = 1, showback_cost_usd = company_cost_usd + 1"
    " where company_cost_usd is not null and {one}",
    r"what is shown is the company cost with what is shared": "update {t}"
    " set showback_cost_usd = showback_cost_usd + 0.000001",
    r"the change is against the month before": "update {t}"
    " set previous_company_cost_usd = 0, company_cost_change_usd = company_cost_usd + 0.000001",
}
"""What breaks the expectations of these words, in whatever relation."""

DAMAGES = {
    ("usage_events", "usage_events_window: no two rows are the same"): "insert into {t}"
    " select * from {t} where window_end is not null and openai_user_id is null limit 1",
    ("usage_events", "every key_id is in raw_provider.provider_keys"): "update {t}"
    " set key_id = -1 where {one}",
    ("usage_events", "cached tokens are part of the input"): "update {t}"
    " set input_cached_tokens = coalesce(tokens_in, 0) + 1 where {one}",
    (
        "usage_events",
        "cached, uncached and written tokens make up the input, where they are given",
    ): "update {t} set tokens_in = 5, input_cached_tokens = 1, input_uncached_tokens = 3"
    " where {one}",
    ("usage_events", "text, audio and image output is part of the output"): "update {t}"
    " set tokens_out = 5, output_text_tokens = 3, output_audio_tokens = 3 where {one}",
    ("usage_events", "a window is a minute, an hour or a day wide"): "update {t}"
    " set window_start = '2026-10-01 00:00', window_end = '2026-10-01 00:02' where {one}",
    ("usage_events", "a window has a start and an end"): "update {t}"
    " set window_start = '2026-10-01', window_end = null where {one}",
    (
        "usage_records",
        "usage_records_token_source_check: token_source IN ('company', 'personal')",
    ): "update {t} set token_source = 'shared' where {one}",
    ("voice_conversations", "a conversation ends after it starts"): "update {t}"
    " set started_at = '2026-10-02', ended_at = '2026-10-01' where {one}",
    ("voice_usage_metrics", "tokens stand only on response_complete"): "update {t}"
    " set event_type = 'message', input_tokens = 1 where {one}",
    ("voice_usage_metrics", "function calls stand only on function_call"): "update {t}"
    " set event_type = null, function_calls = 1 where {one}",
    ("int_provider_usage_validated", "every provider_key_id was observed"): "update {t}"
    " set provider_key_id = -1 where {one}",
    ("int_provider_usage_validated", "cached tokens are part of the input"): "update {t}"
    " set cached_input_tokens = total_input_tokens + 1 where {one}",
    (
        "int_provider_usage_validated",
        "cached, uncached and written tokens make up the input, where they are given",
    ): "update {t} set input_tokens = null, cached_input_tokens = 0, uncached_input_tokens = 3"
    " where {one}",
    (
        "int_agents_usage_validated",
        "every org_id was observed",
    ): "update {t} set org_id = {nobody} where {one}",
    (
        "int_agents_usage_validated",
        "input and output of the metadata make up the quantity of llm_tokens",
    ): "update {t} set quantity = quantity + 1 where metadata_input_tokens is not null",
    ("int_voice_usage_validated", "cached tokens are part of the input"): "update {t}"
    " set cached_input_tokens = coalesce(input_tokens, 0) + 1 where {one}",
    ("fct_provider_usage_daily", "the cached classes make up the cached input"): "update {t}"
    " set cached_input_tokens = cached_input_tokens + 1 where {one}",
    (
        "fct_provider_usage_daily",
        "what is counted in a unit has a quantity, and what has none has no unit",
    ): "update {t} set quantity_unit = 'images' where {one}",
    ("fct_provider_usage_daily", "what is not tokens has no price"): "update {t}"
    " set quantity_unit = 'images', quantity = 1 where list_cost_usd is not null",
    ("fct_provider_usage_daily", "only rows that were counted stay on their UTC day"): "update {t}"
    " set utc_day_record_count = record_count + 1 where {one}",
    ("fct_provider_usage_daily", "the totals are those of the counted rows"): "update {t}"
    " set recorded_cost_usd = recorded_cost_usd + 0.000001 where {one}",
    ("fct_agent_usage_daily", "the tokens of a day are its quantity"): "update {t}"
    " set total_tokens = 1 where resource_type = 'api_calls'",
    (
        "fct_agent_usage_daily",
        "the totals are those of the counted rows",
    ): "update {t} set org_id = {nobody} where {one}",
    ("fct_agent_usage_daily", "flows add up to those of the counted rows"): "update {t}"
    " set quantity = quantity + 1 where resource_type = 'api_calls'",
    ("fct_agent_usage_daily", "a level is that of one record, and not a sum"): "update {t}"
    " set quantity = 2 * quantity where resource_type = 'storage_mb'",
    ("fct_voice_usage_daily", "responses and errors are records"): "update {t}"
    " set response_count = record_count, error_count = 1 where {one}",
    ("fct_voice_usage_daily", "the totals are those of the counted rows"): "update {t}"
    " set usage_date_utc = usage_date_utc + 7 where {one}",
    ("fct_cost_daily", "cost_key is the hash of source and usage_key"): "update {t}"
    " set cost_key = usage_key where {one}",
    ("fct_cost_daily", "the cost is that of its basis"): "update {t}"
    " set cost_usd = cost_usd + 0.000001",
    ("fct_cost_daily", "a cost is observed where another source contains it"): "update {t}"
    " set observed_cost_usd = 1 where {one}",
    ("fct_cost_daily", "an unpriced cost is null and a priced one is not"): "update {t}"
    " set cost_usd = 0 where cost_basis = 'unpriced'",
    ("dim_date", "no day between the first and the last is left out"): "delete from {t}"
    " where date_day = (select min(date_day) + 1 from {t})",
    ("mart_cost_by_org_monthly", "the calls are those of fct_agent_usage_daily"): "update {t}"
    " set api_calls = api_calls + 1 where {one}",
    (
        "mart_cost_by_org_monthly",
        "the storage is the average of the days on which it was measured",
    ): "update {t} set average_storage_mb = 2 * average_storage_mb",
    (
        "mart_voice_daily",
        "conversations and users are those of fct_voice_usage_daily",
    ): "update {t} set user_count = user_count + 1 where {one}",
    ("mart_voice_daily", "the cost is that of fct_cost_daily"): "update {t}"
    " set cost_usd = cost_usd + 0.000001",
    (
        "mart_cost_reconciliation_daily",
        "each day has the usage and the bill of fct_cost_daily, and none is missing",
    ): "update {t} set billed_cost_usd = billed_cost_usd + 0.000001 where line_count > 0",
    (
        "mart_cost_reconciliation_daily",
        "the residual is the bill less the contracted cost",
    ): "update {t} set residual_usd = residual_usd + 0.000001 where line_count > 0",
    (
        "mart_cost_reconciliation_daily",
        "the causes and what is unexplained make up the residual",
    ): "update {t} set credits_usd = credits_usd + 0.000001 where line_count > 0",
    (
        "mart_cost_reconciliation_daily",
        "reconciled and explained are within tolerance",
    ): "update {t} set status = 'reconciled' where status = 'bill_without_usage'"
    " or abs(unexplained_usd) > 0.01",
    (
        "mart_cost_reconciliation_daily",
        "no line of a bill is of unknown meaning",
    ): "update {t} set unknown_lines_usd = 0.000001 where line_count > 0",
    (
        "mart_cost_reconciliation_daily",
        "no bill without usage has usage without a bill beside it",
    ): "update {t} set status = case when project_id is null or project_id in"
    " (select min(project_id) from {t}) then 'usage_without_bill' else 'bill_without_usage' end",
    ("mart_voice_daily", "the median is at most p95"): "update {t}"
    " set p50_latency_ms = p95_latency_ms + 1",
    ("mart_voice_daily", "percentiles are given where latencies are known"): "update {t}"
    " set p95_latency_ms = null",
    ("mart_voice_daily", "known latencies are those of records"): "update {t}"
    " set known_latency_count = record_count + 1 where {one}",
    ("mart_voice_daily", "a percentile is a latency that was measured"): "update {t}"
    " set p95_latency_ms = 123456789",
    ("mart_unpriced_usage", "the tokens without a price are listed, and no others"): "update"
    " {t} set tokens = tokens + 1 where {one}",
    ("mart_unpriced_usage", "what has a cost is a part of it"): "update {t}"
    " set costed_tokens = tokens + 1 where {one}",
    ("mart_unpriced_usage", "a share is a part of the whole"): "update {t}"
    " set share_of_all_tokens = 2 where {one}",
    ("audit_usage_conservation", "what is counted is what fct_cost_daily holds"): "update {t}"
    " set usage_date_utc = usage_date_utc + 100 where rows_counted > 0",
    (
        "audit_usage_conservation",
        "what is quarantined is what the tables of it hold",
    ): "update {t} set rows_quarantined = 1 where {one}",
    (
        "audit_usage_conservation",
        "what is excluded is what the tables of it hold",
    ): "update {t} set rows_excluded = rows_excluded + 1 where {one}",
    ("audit_usage_conservation", "what came in is what the ledger holds"): "update {t}"
    " set rows_in = rows_in + 1 where {one}",
}
"""What breaks the expectations that are like no other."""

CHECKED = {
    "quarantine_usage_events": "analytics_intermediate.int_provider_usage_validated",
    "quarantine_usage_records": "analytics_intermediate.int_agents_usage_validated",
    "quarantine_voice_usage_metrics": "analytics_intermediate.int_voice_usage_validated",
}


def _without_flaws(warehouse: Warehouse) -> None:
    """Delete the rows by which the sample shows what is quarantined or warned of.

    A record of nothing is added: the sample has none, and an empty table cannot be damaged.
    """
    # a day of which a window is refused is told in part
    warehouse.execute(
        """
        delete from raw_provider.usage_events
        where
            project_id is null
            and window_end - window_start = interval '1 day'
            and (key_id, model, window_start::date) in (
                select (provider_key_id, model_id, usage_date_utc)
                from analytics.audit_provider_exclusions
            )
        """
    )
    for quarantine, table, key in (
        ("quarantine_usage_events", "raw_provider.usage_events", "usage_event_id"),
        ("quarantine_usage_records", "raw_agents.usage_records", "usage_record_id"),
        ("quarantine_voice_usage_metrics", "raw_voice.voice_usage_metrics", "voice_metric_id"),
    ):
        refused = f"select cast({key} as varchar) from analytics.{quarantine}"
        warehouse.execute(f"delete from {table} where cast(id as varchar) in ({refused})")
    warehouse.execute(
        """
        delete from raw_agents.usage_records
        where resource_type not in ('llm_tokens', 'api_calls', 'storage_mb');
        delete from raw_voice.voice_usage_metrics
        where event_type not in ('message', 'function_call', 'response_complete', 'error');
        insert into raw_agents.usage_records
        select * replace (uuid() as id, 0 as quantity, 0 as cost_usd)
        from raw_agents.usage_records
        where resource_type = 'api_calls'
        limit 1;
        """
    )


WIDER = """
    alter table raw_provider.usage_events alter key_id type bigint;
    alter table raw_agents.usage_records alter cost_usd type decimal(18, 4);
    alter table raw_agents.usage_records alter resource_type type text;
    alter table raw_agents.employee_agent_configs alter employee_id type text;
"""
"""The columns of a replica may be wider than those of the source."""


@pytest.fixture(scope="module")
def sound_duckdb(sample_build: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The sample without flaws, built."""
    warehouse = Warehouse(tmp_path_factory.mktemp("sound"))
    warehouse.path.write_bytes(sample_build.path.read_bytes())
    _without_flaws(warehouse)
    warehouse.execute(WIDER)
    warehouse.build(reset_ledger="forget_everything")
    return warehouse


@pytest.fixture(scope="module")
def sound_postgres(
    sample_build: Warehouse, postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> PostgresWarehouse:
    """The same on Postgres."""
    folder = tmp_path_factory.mktemp("sound_postgres")
    files = Warehouse(folder / "files")
    files.path.write_bytes(sample_build.path.read_bytes())
    _without_flaws(files)
    warehouse = PostgresWarehouse(folder / "postgres", postgres_server)
    warehouse.create_sources(constraints=False)
    warehouse.copy_sources(files)
    warehouse.execute(WIDER)
    warehouse.build()
    return warehouse


def _validate(*options: str) -> tuple[int, str, dict[tuple[str, str], bool]]:
    """Exit status, what was printed, and which expectations passed."""
    result = CliRunner().invoke(app, ["validate", "--project-dir", str(ROOT), *options])
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    path = Path(os.environ["DBT_TARGET_PATH"]) / "quality" / "summary.json"
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    passed = {(each["relation"], each["expectation"]): each["passed"] for each in results}
    return result.exit_code, result.stdout, passed


def _damage(check: Check, rule: Rule) -> str:
    """The one statement that breaks the rule."""
    table = check.label.split(".")[1]
    found = [
        (sql, (words, *match.groups()))
        for words, sql in PATTERNS.items()
        if (match := re.fullmatch(words, str(rule.description)))
        and (table, rule.description) not in DAMAGES
    ]
    if own := DAMAGES.get((table, str(rule.description))):
        found.append((own, ()))
    assert len(found) == 1, f"{table}, {rule.description}: {len(found)} damages"
    ((sql, groups),) = found
    return sql.format(
        *groups,
        t=check.label,
        nobody="'00000000-0000-0000-0000-00000000dead'",
        one="{one}",
        checked=CHECKED.get(table),
        one_checked=f"row_key = (select min(row_key) from {CHECKED.get(table)})",
        used=_used(table, rule),
    )


def _used(dimension: str, rule: Rule) -> str:
    """The rows of a dimension that a fact names."""
    if dimension == "dim_date":
        return "date_day = (select min(usage_date) from analytics.fct_cost_daily)"
    column = str(rule.description).split()[1]
    return f"{column} = (select min({column}) from analytics.fct_cost_daily)"


class InMemory(Warehouse):
    """A copy of a file, in which tables are copied and dropped without a write to a disk."""

    def __init__(self, original: Warehouse) -> None:
        super().__init__(original.folder)
        self._session = duckdb.connect()
        self._session.execute(
            f"attach '{original.path}' as original (read_only); attach ':memory:' as warehouse;"
            " copy from database original to warehouse; detach original"
        )

    def open(self, *, read_only: bool = False) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        session = self._session.cursor()
        session.execute("use warehouse")
        return session


@contextmanager
def _damaged(warehouse: Warehouse, damages: dict[str, str]) -> Iterator[None]:
    """Copies without constraints, damaged, in the places of the relations."""
    kinds = {
        f"{schema}.{name}": "view" if kind == "VIEW" else "table"
        for schema, name, kind in warehouse.rows(
            "select table_schema, table_name, table_type from information_schema.tables"
        )
    }
    row = "ctid" if isinstance(warehouse, PostgresWarehouse) else "rowid"
    # all of them are copied before the first is damaged, because some are views of others
    warehouse.execute(
        "".join(
            f"alter {kinds[relation]} {relation} rename to {relation.split('.')[1]}__sound;"
            f" create table {relation} as select * from {relation}__sound;"
            for relation in damages
        )
        + ";".join(
            sql.replace("{one}", f"{row} = (select min({row}) from {relation})")
            for relation, sql in damages.items()
        )
    )
    try:
        yield
    finally:
        warehouse.execute(
            "".join(
                f"drop table {relation};"
                f" alter {kinds[relation]} {relation}__sound rename to {relation.split('.')[1]};"
                for relation in damages
            )
        )


@dataclass(frozen=True)
class Broken:
    """A rule to be broken, and the relations that it reads besides its own."""

    check: Check
    rule: Rule
    reads: set[str]

    def disturbs(self, other: "Broken") -> bool:
        """True if the damage may be seen by the other's rule, or is to the same relation."""
        return self.check.label == other.check.label or self.check.label in other.reads


def _rounds(rules: list[tuple[Check, Rule]], manifest: dict[str, Any]) -> list[list[Broken]]:
    """The rules in rounds in which no rule reads what is damaged for another.

    So what breaks a rule is its own damage, though many share a run.
    """
    rounds: list[list[Broken]] = []
    for check, rule in rules:
        broken = Broken(check, rule, _reads(rule, manifest) - {check.label})
        for others in rounds:
            if not any(broken.disturbs(other) or other.disturbs(broken) for other in others):
                others.append(broken)
                break
        else:
            rounds.append([broken])
    return rounds


def _reads(rule: Rule, manifest: dict[str, Any]) -> set[str]:
    if isinstance(rule, ExpectNoRowWhere):
        return set()
    nodes = manifest["nodes"] | manifest["sources"]
    found = [
        node
        for node in nodes.values()
        if f'"{node["schema"]}"."{node.get("alias") or node.get("identifier")}"'
        in rule.unexpected_rows_query
    ]
    read = set()
    while found:
        node = found.pop()
        read.add(f"{node['schema']}.{node.get('alias') or node.get('identifier')}")
        if node.get("config", {}).get("materialized") == "view":
            found += [nodes[parent] for parent in node["depends_on"]["nodes"]]
    return read


def _findings(warehouse: Warehouse, rules: list[tuple[Check, Rule]]) -> set[tuple[str, str]]:
    """The rules whose own SQL finds a violation."""
    found = "\nunion all\n".join(
        f"select {place}, count(*) from ({rule.finding(check.query)}) as found"
        for place, (check, rule) in enumerate(rules)
    )
    return {_name(*rules[place]) for place, violations in warehouse.rows(found) if violations}


def _name(check: Check, rule: Rule) -> tuple[str, str]:
    return check.label, str(rule.description)


@pytest.mark.parametrize("on", ["duckdb", "postgres"])
def test_every_expectation_sees_what_breaks_it(
    on: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own SQL sees it, and Great Expectations says of a broken warehouse what the SQL says.

    In the long tier Great Expectations judges each damage.
    """
    warehouse: Warehouse = request.getfixturevalue(f"sound_{on}")
    for name, value in warehouse.environment.items():
        monkeypatch.setenv(name, value)

    status, output, passed = _validate("--fail-on", "warning")
    assert status == 0, output
    assert all(passed.values())

    project = Project(ROOT)
    with warehouse_of(project).read() as session:
        checks = suites.all_checks(Relations(project, session))
    rules = [(check, rule) for check in checks for rule in check.rules]
    assert len(rules) == len(passed)
    assert _findings(warehouse, rules) == set()
    known = {(check.label.split(".")[1], str(rule.description)) for check, rule in rules}
    assert not DAMAGES.keys() - known, "damages of what is not expected any more"
    for words in PATTERNS:
        assert any(re.fullmatch(words, expected) for _, expected in known), words

    judged_whole = False
    # Great Expectations looks at the file
    file, copy = warehouse, warehouse
    if not EVERYTHING and on == "duckdb":
        copy = InMemory(file)
    for severity, fail_on in (("critical", "error"), ("warning", "warning")):
        chosen = [(check, rule) for check, rule in rules if rule.severity == severity]
        for broken in _rounds(chosen, project.manifest):
            damages = {each.check.label: _damage(each.check, each.rule) for each in broken}
            damaged = copy if judged_whole else file
            with _damaged(damaged, damages):
                seen = _findings(damaged, [(each.check, each.rule) for each in broken])
                for each in broken:
                    what = _name(each.check, each.rule)
                    assert what in seen, f"{what} does not see: {damages[each.check.label]}"
                if not judged_whole:
                    status, output, passed = _validate()
                    failed = {name for name, has_passed in passed.items() if not has_passed}
                    assert status == 1
                    assert failed == _findings(file, rules)
                    for _, description in failed:
                        assert f"the rule: {description}" in output
                    judged_whole = True
                if EVERYTHING:
                    narrowed = [replace(each.check, rules=[each.rule]) for each in broken]
                    with pytest.MonkeyPatch.context() as patch:
                        patch.setattr(suites, "all_checks", lambda *_, only=narrowed: only)
                        status, output, passed = _validate("--fail-on", fail_on)
                    assert status == 1
                    assert not any(passed.values()), passed
