"""orchestration/airflow: the DAG is parsed, where Airflow and Cosmos are; CI has neither.

TOKENMART_TEST_AIRFLOW_PYTHON names the interpreter of an environment that has both.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PYTHON = Path(os.environ.get("TOKENMART_TEST_AIRFLOW_PYTHON", sys.executable))
FIND = "import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, sys.argv[1:])))"
PARSE = """
import runpy, sys
dag = runpy.run_path(sys.argv[1])["dag"]
print([task.task_id for task in dag.roots], [task.task_id for task in dag.leaves])
print([task.task_id for task in dag.tasks if "Producer" in type(task).__name__])
print(sorted(dag.get_task("build.dbt_producer_watcher").upstream_task_ids))
print({task.retries for task in dag.tasks if task.task_id != "land"})
print(dag.has_task("build.fct_cost_daily.run"), dag.has_task("build.fct_cost_daily.test"))
"""


@pytest.mark.skipif(
    subprocess.run([PYTHON, "-c", FIND, "airflow", "cosmos"], check=False).returncode != 0,
    reason="no Airflow with Cosmos here; TOKENMART_TEST_AIRFLOW_PYTHON names its interpreter",
)
def test_the_dag_lands_then_one_process_builds_then_it_validates(
    deployed: Path, tmp_path: Path
) -> None:
    environment = os.environ | {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "TOKENMART_LANDING_FOLDER": str(deployed / "delivery"),
    }
    airflow = PYTHON.with_name("airflow")
    subprocess.run([airflow, "db", "migrate"], env=environment, check=True, capture_output=True)
    path = deployed / "orchestration" / "airflow" / "tokenmart_nightly.py"
    parsed = subprocess.run(
        [PYTHON, "-c", PARSE, path], env=environment, check=True, capture_output=True, text=True
    )
    assert parsed.stdout.splitlines()[-5:] == [
        "['land'] ['validate']",
        "['build.dbt_producer_watcher']",
        "['land']",
        "{0}",
        "True True",
    ]
