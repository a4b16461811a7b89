"""Every variable is documented, read by the project, and does what docs/configuration.md says."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from conftest import uuid
from warehouses import ROOT, Warehouse

from tokenmart.errors import UserError
from tokenmart.sources import NAMES
from tokenmart.variables import VARIABLES as KNOWN
from tokenmart.variables import refuse_misspelt

PROJECT: dict[str, Any] = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
VARIABLES = [*PROJECT["vars"], "reset_ledger"]


def _text(*folders: str) -> str:
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    return "\n".join(path.read_text(encoding="utf-8", errors="ignore") for path in paths)


MACROS = _text("macros")
READ = re.findall(
    r"""\b(?:var|number_of)\(['"](\w+)['"]""",
    _text("macros", "models") + (ROOT / "dbt_project.yml").read_text(encoding="utf-8"),
)
OTHER_VALUES: dict[str, Any] = {
    "source_instance": "eu",
    "sources_enabled": ["agents", "provider", "voice"],
    **{f"{source}_database": "app_db" for source in NAMES},
    **{f"{source}_schema": "app" for source in NAMES},
    "reporting_timezone": "Europe/Berlin",
    "voice_default_model": "gpt-realtime-mini",
    "level_resource_types": ["storage_mb", "seats"],
    "input_beside_cache": ["claude", "nova"],
    "usage_dimensions": ["tags", "end_user"],
    "max_window_hours": 48,
    "requests_beside_windows": "day",
    "voice_retry_seconds": 10,
    "source_overlap_days": 3,
    "provisional_days": 0,
    "start_date": "2025-01-01",
    "end_date": "2025-01-31",
    "max_future_hours": 240,
    "max_period_days": 10,
    "max_quantity": 1000,
    "earliest_usage_date": "2000-01-01",
    "as_of": "2025-01-02 00:00:00",
    "cost_basis": {"provider": ["list"], "agents": ["contracted", "recorded"], "voice": ["list"]},
    "observed_through": [{"source": "voice", "through": "provider"}],
    "loader_tables": [
        {"loader": "fivetran", "provider": "openai", "schema": "app", "database": "app_db"}
    ],
    "reconciliation_tolerance_usd": 1,
    "reconciliation_tolerance_share": 0.5,
    "forecast_minimum_days": 14,
    "anomaly_days": 7,
    "anomaly_minimum_days": 28,
    "anomaly_minimum_usd": 2.5,
    "anomaly_deviations": 6,
    "shared_cost_method": "direct_cost",
    "allow_copied_installation": True,
    "reset_ledger": "forget_everything",
}
"""Another value of each variable, all of which one build has."""


def test_each_variable_is_documented_read_and_built_with_another_value() -> None:
    assert {*READ} == {*VARIABLES} == {*OTHER_VALUES}
    for variable, other in OTHER_VALUES.items():
        assert other != PROJECT["vars"].get(variable, False), variable


def test_the_rules_of_a_table_see_each_way_to_read_a_variable() -> None:
    """A variable that the rules do not see could change, and its days would stay as they were."""
    readers = re.findall(
        r"macro (\w+)\(name\)[^%]*%}(?:(?!endmacro).)*\bvar\(name\)", MACROS, re.DOTALL
    )
    assert readers == ["number_of"]
    seen = re.search(
        r"findall\('(.*)', text\)", (ROOT / "macros/incremental/rules.sql").read_text()
    )
    assert seen
    pattern = seen[1].replace(r"\'", "'").replace("\\\\", "\\")
    for reader in ("var", *readers):
        assert re.findall(pattern, f"{{{{ tokenmart.{reader}('some_days') }}}}") == ["some_days"]


class Refused(Exception):
    """What a macro says when it refuses."""


class Returned(Exception):
    """What a macro returns."""


class Macros:
    """The macros that look at variables, rendered without dbt, which takes seconds to start."""

    def __init__(self, **values: Any) -> None:
        variables = {**PROJECT["vars"], "reset_ledger": False} | values
        self._module = _compiled().make_module({"tokenmart": self, "var": variables.get})

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            try:
                return getattr(self._module, name)(*arguments)
            except Returned as returned:
                return returned.args[0]

        return call


@cache
def _compiled() -> jinja2.Template:
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals |= {
        "return": _return,
        "exceptions": {"raise_compiler_error": _refuse},
        "modules": {"re": re},
        "invocation_args_dict": {},
    }
    files = [
        file
        for folder in ("config", "checks")
        for file in sorted((ROOT / "macros" / folder).glob("*.sql"))
    ]
    return environment.from_string("\n".join(file.read_text("utf-8") for file in files))


def _return(value: Any) -> None:
    raise Returned(value)


def _refuse(sentence: str) -> None:
    raise Refused(sentence)


RULES: dict[str, dict[str, Any]] = Macros().variables()


def test_what_each_variable_may_be_stands_in_one_place() -> None:
    assert sorted(RULES) == sorted(VARIABLES) == sorted(KNOWN)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"reporting_timezon": "UTC"}, "reporting_timezon in dbt_project.yml is not known. Is it"),
        ({"source_enabled": []}, "Is it sources_enabled?"),
        ({"tokenmart": {"as_off": "2026-01-01"}}, "as_off under vars: tokenmart: in dbt_project"),
        ({"tokenmart": {"as_off": "2026-01-01"}}, "Is it as_of?"),
        ({"tokenmart": {"currency": "EUR"}}, "is not known. docs/configuration.md lists those"),
        ({"tokenmart": {7: 7}}, "The variable 7 under"),
        # another package's
        ({"currency": "EUR", "start": "2026-01-01", "tokenmart": {"as_of": None}}, None),
        ({**PROJECT["vars"], "other": {"as_off": 1}, 7: 7}, None),
    ],
)
def test_misspelt_variables_of_the_project_are_named(
    variables: dict[str, Any], said: str | None
) -> None:
    if said is None:
        refuse_misspelt(variables)
    else:
        with pytest.raises(UserError, match=re.escape(said)):
            refuse_misspelt(variables)


def _may_be(rule: dict[str, Any]) -> str:
    """What the page says that a variable may be."""
    match rule["kind"]:
        case "whole number" | "number" as kind:
            text = f"a {kind} from {rule['least']} to {rule['most']}"
        case "name":
            text = "a name"
        case "identifier":
            text = "a name without quotes and semicolons"
        case "names":
            text = "a list of names"
        case "one of":
            *others, last = (f"`{str(value).lower()}`" for value in rule["values"])
            text = f"{', '.join(others)} or {last}"
        case "some of":
            *others, last = (f"`{value}`" for value in rule["values"])
            text = f"a list of {', '.join(others)} and {last}"
        case "moment":
            text = "a day, or a moment of it"
        case "day":
            text = "a day"
        case _:
            text = "see effect"
    return text


def test_the_page_of_variables_says_what_each_is_and_may_be() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| .* \|$", page, flags=re.MULTILINE)
    assert sorted(name for name, _, _ in table) == sorted(VARIABLES)
    for name, default, may_be in table:
        assert may_be == _may_be(RULES[name]), name
        value = PROJECT["vars"].get(name, False)
        # what is not set has a default in words
        assert default.startswith("`") is (value is not None), name
        if value is not None:
            assert str(yaml.safe_load(default.strip("`"))) == str(value), name


HOSTILE = (
    *(None, True, False, 0, 1, -1, 0.5, 10**11, 10**18, float("nan"), float("inf")),
    *("", " ", "a", "true", "false", "24", "NaN", "null", "a\nb", "a\0b", "o'brien", 'a"b'),
    *("x; drop table t; --", "2026-02-31", "2026-01-01\n", "\u0662026-01-01", "2026-01-01T25:00"),
    *(
        "team",
        ["user"],
        ["team", "team"],
        {"team": True},
        [],
        ["a"],
        [1],
        [None],
        [[]],
        [{}],
        ["a\0b"],
        ["provider", ["voice"]],
        [["provider"]],
    ),
    *({}, {"a": 1}, {"provider": None}, {"provider": {"billed": 1}}, {"provider": [["billed"]]}),
    *({"provider": "billed"}, {"provider": [{}]}, {"provider": []}, {1: ["list"]}, {None: []}),
    [{"source": "provider", "through": "agents", "project_id": ["a"]}],
    [{"source": ["voice"], "through": "provider"}],
    [{"source": "voice", "through": None}],
    [{"source": "voice", "through": "provider", 1: 2}],
    [{"loader": ["fivetran"], "provider": "openai"}],
    [{"loader": "fivetran", "provider": {}, "schema": "a"}],
    [{"loader": "fivetran", "provider": "openai", "schema": ["a"], "account": []}],
    [{"loader": "fivetran", "provider": "openai", "schema": "a", "usage_table": {}, None: 1}],
    [
        {"source": "provider", "through": "agents", "project_id": "a"},
        {"source": "agents", "through": "voice"},
        {"source": "voice", "through": "agents"},
        {"source": "agents", "through": "provider"},
    ],
)
"""What a user may write where something else belongs."""


def _is_harmless(rule: dict[str, Any], value: Any) -> bool:
    """Whether the variable may have the value after all."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_text = isinstance(value, str) and value.strip() != "" and not {*value} & {*"\n\0"}
    is_list = isinstance(value, list)
    match rule["kind"]:
        case _ if value is None:
            return "is_optional" in rule
        case "whole number":
            return is_number and isinstance(value, int) and rule["least"] <= value <= rule["most"]
        case "number":
            return is_number and rule["least"] <= value <= rule["most"]
        case "name":
            return is_text
        case "identifier":
            return is_text and not {*value} & {*"'\";"}
        case "names":
            return is_list and all(isinstance(each, str) and "\0" not in each for each in value)
        case "one of":
            return value in rule["values"] and not is_number
        case "some of":
            return (
                is_list
                and all(isinstance(each, str) for each in value)
                and ({*value} <= {*rule["values"]} and len({*value}) == len(value))
            )
        case kind:
            return (
                value in ([], {})
                and {
                    "cost_basis": {},
                    "observed_through": [],
                    "loader_tables": [],
                }.get(kind)
                == value
            )


@pytest.mark.parametrize("name", VARIABLES)
def test_no_value_of_a_variable_ends_in_anything_but_a_sentence_that_names_it(name: str) -> None:
    for value in HOSTILE:
        try:
            macros = Macros(**{name: value})
            macros.assert_sources_enabled()
            macros.assert_values()
        except Refused as refused:
            assert f"The variable {name} " in str(refused), value
            assert not _is_harmless(RULES[name], value), (value, refused)
        else:
            assert _is_harmless(RULES[name], value), value


def test_sources_may_live_in_other_schemas_and_databases(
    warehouse: Warehouse, tmp_path: Path, event: Any, record: Any
) -> None:
    """All raw tables in one schema of another file; limits moved; another installation."""
    other = Warehouse(tmp_path / "other")
    other.create_sources(schema="app")
    other.insert("provider_keys", {"id": 1}, schema="app")
    other.insert("organizations", {"id": record(1)["org_id"]}, schema="app")
    other.insert(
        "usage_events",
        # allowed by the limits below, refused by the default ones
        event(1, window_start="2025-01-01", window_end="2025-01-03"),
        event(2, timestamp="2025-01-12"),
        # allowed by the default ones
        event(3, timestamp="1999-12-31"),
        event(4, tokens_in=1001),
        # left out where a window counts on its day
        event(5, timestamp="2025-01-01 23:00:00", window_start=None),
        event(6, window_start="2025-01-01", window_end="2025-01-01 01:00:00", model="m"),
        event(7, timestamp="2025-01-01 23:00:00", model="m"),
        schema="app",
    )
    other.insert(
        "usage_records",
        record(1, resource_type="seats", quantity=5, period_end="2025-01-03"),
        record(2, period_end="2025-01-12"),
        schema="app",
    )
    other.insert(
        "voice_usage_metrics",
        {
            "id": record(1)["id"],
            "timestamp": "2025-01-01 23:30:00+00",
            "event_type": "response_complete",
            "conversation_id": record(1)["id"],
            "input_tokens": 5,
        },
        # a retry only where ten seconds are allowed
        {
            "id": record(2)["id"],
            "timestamp": "2025-01-01 23:30:10+00",
            "event_type": "response_complete",
            "conversation_id": record(1)["id"],
            "input_tokens": 5,
        },
        schema="app",
    )
    other.execute("create schema if not exists app")
    columns = {"start_time": "bigint", "end_time": "bigint", "model": "text"}
    columns |= {"input_token": "bigint", "output_token": "bigint"}
    types = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
    other.execute(f"create table app.completion ({types})")
    other.execute("insert into app.completion values (1735689600, 1735776000, 'gpt-4-1', 7, 0)")
    profile = yaml.safe_load((warehouse.folder / "profiles.yml").read_text(encoding="utf-8"))
    profile["tokenmart"]["outputs"]["duckdb"]["attach"] = [
        {"path": str(other.path), "alias": "app_db"}
    ]
    (warehouse.folder / "profiles.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")

    warehouse.build(unit_tests=True, **OTHER_VALUES)

    assert warehouse.rows("select distinct source_instance from analytics.fct_cost_daily") == [
        ("eu",)
    ]
    assert warehouse.rows(
        """
        select usage_event_id, quarantine_reasons from analytics.quarantine_usage_events
        order by 1
        """
    ) == [(3, "before_earliest_date"), (4, "quantity_too_large")]
    assert warehouse.rows(
        """
        select usage_event_id, exclusion_reason from analytics.excluded_usage_events
        order by 1
        """
    ) == [(5, "inside_a_window"), (7, "inside_a_window")]
    assert warehouse.rows(
        "select exclusion_reason from analytics.excluded_voice_usage_metrics"
    ) == [("retried",)]
    assert warehouse.rows("select quarantine_reasons from analytics.quarantine_usage_records") == [
        ("period_too_long",)
    ]
    # a level is held on each day in full
    assert warehouse.rows(
        "select usage_date::text, quantity, is_provisional from analytics.fct_agent_usage_daily"
        " order by 1"
    ) == [("2025-01-01", 5, False), ("2025-01-02", 5, True), ("2025-01-03", 5, True)]
    assert warehouse.rows(
        "select usage_date::text, usage_date_utc::text, model_id "
        "from analytics.fct_voice_usage_daily"
    ) == [("2025-01-02", "2025-01-01", "gpt-realtime-mini")]
    assert (
        warehouse.value("select max(observed_at)::text from analytics_ledger.ledger_usage_events")
        == "2025-01-02 00:00:00"
    )
    # what is attached to dbt's session only is not looked at, and said to be so
    validated = warehouse.tokenmart("validate")
    assert validated.returncode == 0, validated.stdout + validated.stderr
    assert "source tables in the database app_db are not checked" in validated.stderr


def test_quotes_in_names_and_an_empty_list_do_no_harm(sources: Warehouse, event: Any) -> None:
    sources.insert("usage_events", event(1))
    sources.build(
        "--select",
        "+fct_cost_daily",
        source_instance="o'brien",
        voice_default_model="a'b",
        level_resource_types=[],
        input_beside_cache=["o'brien", "100%"],
    )
    assert sources.rows("select source_instance from analytics.fct_cost_daily") == [("o'brien",)]


def test_a_period_is_recomputed_for_every_source(
    sources: Warehouse, event: Any, record: Any
) -> None:
    sources.insert("usage_events", event(1))
    sources.insert("usage_records", record(1))
    sources.insert("voice_conversations", {"id": uuid(1)})
    metric = {"conversation_id": uuid(1), "event_type": "response_complete", "input_tokens": 1}
    sources.insert("voice_usage_metrics", metric | {"id": uuid(1), "timestamp": "2025-01-01 10:00"})
    sources.build("--select", "+fct_cost_daily")
    for source in ("provider", "agents", "voice"):
        sources.execute(f"delete from analytics_intermediate.int_{source}_usage_daily")
    sources.build("--select", "+fct_cost_daily", start_date="2025-01-01", end_date="2025-01-01")
    assert sources.rows(
        "select source_system, count(*) from analytics.fct_cost_daily group by 1 order by 1"
    ) == [("agents", 1), ("provider", 1), ("voice", 1)]


def test_a_source_that_is_switched_off_asks_for_nothing(sources: Warehouse, event: Any) -> None:
    sources.insert("usage_events", event(1))
    sources.build("--select", "+fct_cost_daily", "+mart_voice_daily")
    alone = {"sources_enabled": ["provider"], "max_future_hours": 48}
    sources.build("--select", "+fct_cost_daily", "--full-refresh", **alone)
    stale = "These marts are not updated, because their source is not enabled:"
    printed = " ".join(sources.build("--select", "+fct_cost_daily", **alone).split())
    assert f"{stale} analytics.mart_voice_daily. Leave" in printed
    sources.execute("drop table analytics.mart_voice_daily")
    assert stale not in " ".join(sources.build("--select", "+fct_cost_daily", **alone).split())


def test_steps_of_context_are_those_that_were_loaded(sources: Warehouse, event: Any) -> None:
    counted = ("--select", "+int_provider_usage_daily")
    sources.insert("usage_events", event(1))
    sources.build(*counted)
    assert "Recomputed" not in sources.dbt("run", *counted).stdout
    sources.execute("update analytics_seeds.context_steps set above_input_tokens = 1")
    # a run loads no seeds, and a build does
    for command in ("run", "build"):
        said = sources.dbt(command, *counted).stdout
        assert re.search(r"Recomputed in .*int_provider_usage_daily.*: 5 days", said)
        assert "Recomputed" not in sources.dbt(command, *counted).stdout
