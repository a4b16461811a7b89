"""The benchmark of builds, on sizes that say nothing about speed."""

import json
import subprocess
import sys
from pathlib import Path

from warehouses import ROOT


def test_the_facts_of_a_build_are_those_of_the_reference_script(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    result = subprocess.run(
        [
            *(sys.executable, ROOT / "benchmarks" / "speed", "--folder", tmp_path / "bench"),
            *(
                "--rows",
                "60000",
                "--days",
                "20",
                "--repeats",
                "1",
                "--full-only",
                "--json",
                figures,
            ),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "full build 1, 60,000 rows:" in result.stderr
    (size,) = json.loads(figures.read_text())["sizes"].values()
    assert set(size["fates"]) == {
        *("counted", "quarantined", "empty", "repeated_window", "repeated_request", "cost_line"),
        *("finer_windows", "inside_a_window", "retried"),
    }
    (build,) = size["full"]
    assert 0 < build["ledgers"] + build["models"] + build["tests"] < build["process"]
