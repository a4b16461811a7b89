"""tokenmart in Airflow: land, one dbt build whose models are tasks, and `tokenmart validate`.

Cosmos runs dbt once and has each task watch its model (ExecutionMode.WATCHER). A dbt process for
each model would give each its own clock, and a DuckDB file has one writer. So no model is retried:
Cosmos would run it by itself. A build can simply be rerun, by another run of the DAG.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from cosmos import (
    DbtTaskGroup,
    ExecutionConfig,
    ExecutionMode,
    InvocationMode,
    LoadMode,
    ProfileConfig,
    ProjectConfig,
    RenderConfig,
)

PROJECT = Path(os.environ.get("TOKENMART_PROJECT_DIR", Path(__file__).resolve().parents[2]))
LANDING_FOLDER = os.environ.get("TOKENMART_LANDING_FOLDER")
# absolute, because Cosmos runs dbt in a copy of the project
DUCKDB_PATH = PROJECT / os.environ.get("TOKENMART_DUCKDB_PATH", "tokenmart.duckdb")
# an environment of its own: Airflow's packages and dbt's need not agree
BIN = PROJECT / ".venv" / "bin"

with DAG(
    "tokenmart_nightly",
    schedule="0 2 * * *",
    start_date=datetime(2025, 1, 1),
    # a build finds the days to recompute by itself, so missed nights need no runs of their own
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 0},
) as dag:
    built = DbtTaskGroup(
        group_id="build",
        project_config=ProjectConfig(
            dbt_project_path=PROJECT,
            manifest_path=PROJECT / "target" / "manifest.json",
            install_dbt_deps=False,
            env_vars={"TOKENMART_DUCKDB_PATH": str(DUCKDB_PATH)},
        ),
        profile_config=ProfileConfig(
            profile_name="tokenmart",
            target_name=os.environ.get("TOKENMART_TARGET", "duckdb"),
            profiles_yml_filepath=PROJECT / "profiles.yml",
        ),
        render_config=RenderConfig(load_method=LoadMode.DBT_MANIFEST, selector="daily"),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.WATCHER,
            invocation_mode=InvocationMode.SUBPROCESS,
            dbt_executable_path=BIN / "dbt",
        ),
    )
    validated = BashOperator(
        task_id="validate", bash_command=f"{BIN}/tokenmart validate", cwd=str(PROJECT)
    )
    built >> validated
    if LANDING_FOLDER:
        landed = BashOperator(
            task_id="land",
            bash_command=f'{BIN}/tokenmart land "$TOKENMART_LANDING_FOLDER"',
            cwd=str(PROJECT),
            retries=2,
            retry_delay=timedelta(minutes=1),
        )
        landed >> built
