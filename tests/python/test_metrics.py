"""Metrics say what the marts say."""

import csv
import re
import shlex
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from warehouses import BIN, ROOT, Warehouse

DIMENSIONS = re.findall(
    r"`cost__(\w+)`", (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
)


def _query(warehouse: Warehouse, *arguments: str) -> list[dict[str, str]]:
    out = warehouse.folder / "metrics.csv"
    out.unlink(missing_ok=True)
    command = [str(BIN / "mf"), "query", *arguments, "--csv", str(out)]
    result = subprocess.run(
        command, cwd=warehouse.folder, env=warehouse.environment, capture_output=True, text=True
    )
    assert out.exists(), result.stdout + result.stderr
    with out.open(encoding="utf-8") as lines:
        return [*csv.DictReader(lines)]


@pytest.fixture
def measured(either_warehouse: Warehouse, event: Any) -> Warehouse:
    """Two months of usage with voice, and its metrics."""
    warehouse = either_warehouse
    warehouse.create_sources()
    warehouse.insert("provider_keys", {"id": 1, "provider": "openai"})
    warehouse.insert(
        "usage_events",
        event(1, project_id="p1", num_model_requests=2, input_cached_tokens=40),
        event(2, model="gpt-4.1-2025-04-14", timestamp="2025-02-03 10:00:00"),
        event(3, model="unknown", timestamp="2025-02-03 11:00:00"),
    )
    moment = {"timestamp": "2025-02-03 10:00:00+00"}
    conversations = [f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2)]
    warehouse.insert(
        "voice_conversations",
        *({"id": key, "started_at": moment["timestamp"]} for key in conversations),
    )
    usage = {"input_tokens": 100, "output_tokens": 10, "event_type": "response_complete"}
    warehouse.insert(
        "voice_usage_metrics",
        *(
            {"id": f"{key[:-2]}a{key[-1]}", "conversation_id": key} | moment | usage
            for key in conversations
        ),
        {
            "id": f"{conversations[0][:-2]}b1",
            "conversation_id": conversations[0],
            "event_type": "error",
        }
        | moment,
    )
    warehouse.build(as_of="2025-03-01")
    parsed = subprocess.run(
        [str(BIN / "dbt"), "--quiet", "parse"],
        cwd=ROOT,
        env=warehouse.environment,
        capture_output=True,
        text=True,
    )
    assert parsed.returncode == 0, parsed.stdout
    # MetricFlow reads the target folder of the project that it stands in
    shutil.copy(ROOT / "dbt_project.yml", warehouse.folder)
    return warehouse


# a build, a parse and six queries: about 35 CPU seconds
@pytest.mark.drawn(1)
def test_metrics_are_those_of_the_marts(measured: Warehouse) -> None:
    rows = _query(
        measured,
        *("--metrics", "cost,tokens,input_tokens,cached_input_tokens,requests,list_cost"),
        *("--group-by", f"metric_time__month,{','.join(f'cost__{name}' for name in DIMENSIONS)}"),
    )
    assert len(DIMENSIONS) == 15
    facts = measured.rows(
        """
        select sum(cost_usd), sum(total_tokens), sum(input_tokens), sum(cached_input_tokens),
            sum(request_count), sum(list_cost_usd)
        from analytics.fct_cost_daily where is_counted
        """
    )
    names = ("cost", "tokens", "input_tokens", "cached_input_tokens", "requests", "list_cost")
    sums = [sum(Decimal(row[name] or 0) for row in rows) for name in names]
    assert sums == [*facts[0]]
    ((ratio, price, cost, tokens),) = measured.rows(
        """
        select
            sum(cached_input_tokens) * 1.0 / sum(cacheable_input_tokens),
            sum(tokens_cost_usd) * 1000000 / sum(costed_tokens),
            sum(cost_usd),
            sum(total_tokens)
        from analytics.mart_cost_by_model_daily
        """
    )
    (year,) = _query(
        measured,
        *("--metrics", "cache_hit_ratio,cost_per_million_tokens,class_cost,class_tokens"),
        *("--group-by", "metric_time__year"),
    )
    assert float(year["cache_hit_ratio"]) == pytest.approx(float(ratio))
    assert float(year["cost_per_million_tokens"]) == pytest.approx(float(price))
    assert (Decimal(year["class_cost"]), Decimal(year["class_tokens"])) == (cost, tokens)
    (voice,) = _query(
        measured,
        *("--metrics", "conversations,voice_cost,cost_per_conversation,error_rate"),
        *("--group-by", "metric_time__quarter"),
    )
    assert (voice["conversations"], float(voice["error_rate"])) == ("2", pytest.approx(1 / 3))
    assert float(voice["cost_per_conversation"]) == pytest.approx(float(voice["voice_cost"]) / 2)


def test_the_queries_of_the_page_name_what_there_is() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    models = [
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted(Path(ROOT, "models", "metrics").glob("*.yml"))
    ]
    metrics = {metric["name"] for each in models for metric in each["metrics"]}
    listed = {
        name
        for row in re.findall(r"^\| (`.*?) \|", page, flags=re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    assert listed == metrics
    asked = [shlex.split(line) for line in re.findall(r"^\S+/mf (query .*)$", page, flags=re.M)]
    assert len(asked) == 5
    for words in asked:
        assert set(words[words.index("--metrics") + 1].split(",")) <= metrics
