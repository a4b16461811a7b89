"""Plays a part of a run and is then killed: ``python killed_run.py FILE``, where FILE is JSON."""

import json
import os
import signal
import sys
from pathlib import Path

import duckdb
import psycopg2


def main(path: Path) -> None:
    """Send the statements one after the other, then die without a word."""
    task = json.loads(path.read_text(encoding="utf-8"))
    if "dsn" in task:
        connection = psycopg2.connect(task["dsn"])
        connection.autocommit = True
        execute = connection.cursor().execute
    else:
        execute = duckdb.connect(task["database"]).execute
    for statement in task["statements"]:
        execute(statement)
    os.kill(os.getpid(), signal.SIGKILL)


main(Path(sys.argv[1]))
