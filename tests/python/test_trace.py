"""``tokenmart trace``: request-level traces become usage that ``tokenmart land`` takes."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from tokenmart.cli import app
from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.project import Project
from tokenmart.schema import tables
from tokenmart.trace import FileFormat, Trace, convert_traces

HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens"


def write_trace(folder: Path, name: str, *rows: str, header: str = HEADER) -> Path:
    path = folder / name
    path.write_bytes("\r\n".join([header, *rows]).encode())
    return path


def convert(files: list[Path], out: Path, **options: Any) -> list[Trace]:
    defaults: dict[str, Any] = {
        "model": "gpt-4o",
        "provider": "azure",
        "file_format": FileFormat.parquet,
    }
    return convert_traces(files, out, **defaults | options)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return [
        write_trace(
            tmp_path,
            "code.csv",
            "2023-11-16 18:17:03.9799600,4808,10",
            "2023-11-16 23:59:59.9999999,110,27",
        ),
        write_trace(tmp_path, "conv.csv", "2023-11-16 18:15:46.6805900,374,44"),
    ]


def rows(out: Path, name: str, columns: str) -> list[tuple[Any, ...]]:
    relation = f"'{out}/{name}.parquet'"
    return duckdb.connect().execute(f"select {columns} from {relation} order by id").fetchall()


def test_each_request_is_a_row_of_usage_under_the_key_of_its_file(
    files: list[Path], tmp_path: Path
) -> None:
    convert(files, tmp_path / "out")
    columns = "id, key_id, model, tokens_in, tokens_out, timestamp, num_model_requests"
    assert rows(tmp_path / "out", "usage_events", columns) == [
        (1, 1, "gpt-4o", 4808, 10, datetime(2023, 11, 16, 18, 17, 3, 979960), 1),
        (2, 1, "gpt-4o", 110, 27, datetime(2023, 11, 16, 23, 59, 59, 999999), 1),
        (3, 2, "gpt-4o", 374, 44, datetime(2023, 11, 16, 18, 15, 46, 680590), 1),
    ]


def test_what_a_trace_does_not_say_is_null(files: list[Path], tmp_path: Path) -> None:
    convert(files, tmp_path / "out")
    said = "id, key_id, model, tokens_in, tokens_out, timestamp, num_model_requests"
    others = rows(tmp_path / "out", "usage_events", f"* exclude ({said})")
    assert {value for row in others for value in row} == {None}


def test_each_file_is_a_provider_key(files: list[Path], tmp_path: Path) -> None:
    convert(files, tmp_path / "out", provider="somebody")
    columns = "id, user_id, provider, usage_mode"
    assert rows(tmp_path / "out", "provider_keys", columns) == [
        (1, None, "somebody", "trace"),
        (2, None, "somebody", "trace"),
    ]


def test_the_sums_of_each_file_are_reported(files: list[Path], tmp_path: Path) -> None:
    assert convert(files, tmp_path / "out") == [
        Trace(files[0], 1, 2, 4918, 37),
        Trace(files[1], 2, 1, 374, 44),
    ]


@pytest.mark.parametrize("file_format", FileFormat)
def test_land_takes_the_folder_in_every_format(
    files: list[Path], tmp_path: Path, file_format: FileFormat
) -> None:
    (tmp_path / "dbt_project.yml").write_text("profile: tokenmart\nvars: {}\n")
    (tmp_path / "profiles.yml").write_text(
        "tokenmart: {target: dev, outputs: {dev: {type: duckdb, path: warehouse.duckdb}}}\n"
    )
    project = Project(tmp_path)
    convert(files, tmp_path / "out", file_format=file_format, model='a "quoted", model')
    landed = land(project, tmp_path / "out")
    assert [(each.table, each.rows) for each in landed] == [
        ("raw_provider.provider_keys", 2),
        ("raw_provider.usage_events", 3),
    ]
    with duckdb.connect(str(project.duckdb_path)) as connection:
        usage = connection.execute(
            "select model, sum(tokens_in), sum(tokens_out), max(timestamp), count(project_id)"
            " from raw_provider.usage_events group by model"
        ).fetchall()
    last = datetime(2023, 11, 16, 23, 59, 59, 999999)
    assert usage == [('a "quoted", model', Decimal(5292), Decimal(81), last, 0)]


def test_the_files_have_the_columns_of_the_source(files: list[Path], tmp_path: Path) -> None:
    convert(files, tmp_path / "out", file_format=FileFormat.csv)
    for name in ("usage_events", "provider_keys"):
        header = (tmp_path / "out" / f"{name}.csv").read_text().splitlines()[0]
        assert tuple(header.split(",")) == tables()[name].column_names


def test_a_zone_in_a_trace_is_converted_to_utc(tmp_path: Path) -> None:
    path = write_trace(tmp_path, "week.csv", "2024-05-10 02:00:00.009930+02:00,1,2")
    convert([path], tmp_path / "out")
    moment = datetime(2024, 5, 10, 0, 0, 0, 9930)
    assert rows(tmp_path / "out", "usage_events", "timestamp") == [(moment,)]


def test_a_bad_value_is_refused_like_one_that_is_landed(tmp_path: Path) -> None:
    path = write_trace(tmp_path, "code.csv", "2023-11-16 18:17:03,1,2", "2023-11-16 18:17:04,1,x")
    with pytest.raises(UserError) as refusal:
        convert([path], tmp_path / "out")
    assert str(refusal.value) == ("code.csv, row 2, column GeneratedTokens: 'x' is not an integer")
    assert not (tmp_path / "out").exists()


def test_a_trace_without_its_columns_is_refused(tmp_path: Path) -> None:
    path = write_trace(tmp_path, "code.csv", "1,2", header="timestamp,tokens")
    with pytest.raises(UserError, match="lacks the required columns ContextTokens, Generated"):
        convert([path], tmp_path / "out")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"There is no file .*nowhere\.csv"):
        convert([tmp_path / "nowhere.csv"], tmp_path / "out")


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    path = write_trace(tmp_path, "code.txt")
    with pytest.raises(UserError, match=r"its name must end in \.csv, \.parquet, \.jsonl"):
        convert([path], tmp_path / "out")


def test_a_folder_that_holds_something_is_not_written_into(
    files: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="is not an empty folder"):
        convert(files, tmp_path)


def test_the_command_prints_the_sums_and_what_to_do_next(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--out", str(out), "--model", "gpt-4.1"]
    result = CliRunner().invoke(app, ["trace", *map(str, files), *options])
    assert result.exit_code == 0, result.output
    assert "4,918" in result.stdout
    assert f"tokenmart land {out}" in result.stdout
    assert {model for (model,) in rows(out, "usage_events", "model")} == {"gpt-4.1"}
