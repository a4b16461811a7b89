"""The benchmark of builds, on sizes that say nothing about speed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from warehouses import ROOT


@pytest.mark.drawn(3, of="documents that are run as they are written")
def test_the_facts_of_a_build_are_those_of_the_reference_script(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    result = subprocess.run(
        [
            *(sys.executable, ROOT / "benchmarks" / "speed", "--folder", tmp_path / "bench"),
            *("--rows", "60000", "--days", "20", "--repeats", "1", "--full-only"),
            *("--json", figures),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "full build, 60,000 rows" in result.stderr
    figured = json.loads(figures.read_text())
    (case,) = figured["cases"]
    assert set(case["outcomes"]) == {
        *("counted", "quarantined", "empty", "repeated_window", "repeated_request", "cost_line"),
        *("finer_windows", "inside_a_window", "retried"),
    }
    (full,), (three,), (reference,) = case["full"], case["three_models"], case["reference"]
    assert full["parse"] == "kept"
    assert 0 < full["nodes_seconds"] < full["seconds"]
    assert full["statements"] > len(full["nodes"]) > 100
    assert full["cpu_seconds"] > three["cpu_seconds"] > reference["cpu_seconds"] > 0
    (bars,) = figured["bars"].values()
    assert {bar["verdict"] for bar in bars} == {"not measured"}
