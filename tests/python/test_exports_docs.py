"""docs/exports.md: every format is in a section, whose example lands as the page says."""

import csv
import io
import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest
from landing import query
from warehouses import ROOT

from tokenmart.errors import UserError
from tokenmart.land import exports, land, recognize
from tokenmart.land.exports import EXPORTS, Export
from tokenmart.land.exports.export import identity
from tokenmart.project import Project

PAGE = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
FORMATS = PAGE.partition("\n## Formats\n")[2]


def named(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`(.+?)`", text))


SECTIONS = {
    named(heading): section
    for heading, section in re.findall(
        r"^### ([^:\n]+):[^\n]*\n(.*?)(?=^##|\Z)", FORMATS, flags=re.DOTALL | re.MULTILINE
    )
}
"""By the formats that a heading names."""

EXAMPLE = re.compile(r"```\w+ (\S+)\n(.*?)```\n\n(.*?\.)\n", flags=re.DOTALL)


def modules() -> dict[str, str]:
    """What the module of each format says of it."""
    found = {}
    for module in pkgutil.iter_modules(exports.__path__):
        loaded = import_module(f"{exports.__name__}.{module.name}")
        for value in vars(loaded).values():
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, Export) and each in EXPORTS:
                    found[each.name] = str(loaded.__doc__)
    return found


def account(project: Project) -> str:
    """What was landed, in the words of the page."""
    parts = []
    tables = {row[0] for row in query(project, "select table_name from duckdb_tables()")}
    if "usage_events" in tables:
        ((rows, total, cached, written, out),) = query(
            project,
            """
            select
                count(*), coalesce(sum(tokens_in), 0), coalesce(sum(input_cached_tokens), 0),
                sum(greatest(
                    coalesce(input_cache_write_tokens, 0),
                    coalesce(input_cache_write_5m_tokens, 0)
                    + coalesce(input_cache_write_1h_tokens, 0)
                )),
                coalesce(sum(tokens_out), 0)
            from raw_provider.usage_events
            """,
        )
        parts.append(
            f"{rows} of usage, with {total:,} tokens in ({cached:,} cached, {written:,} written) "
            f"and {out:,} out"
        )
    if "provider_costs" in tables:
        ((rows, dollars),) = query(
            project, "select count(*), sum(amount_usd) from raw_billing.provider_costs"
        )
        parts.append(f"{rows} of the bill, with {dollars:,}")
    return f"Rows that land: {'; '.join(parts)}."


def test_every_format_has_a_section() -> None:
    assert [name for names in SECTIONS for name in names] == [export.name for export in EXPORTS]


def test_the_table_of_formats_says_what_each_has() -> None:
    rows = re.findall(
        r"^\| (`.+?) \| .+? \| (.+?) \|$", FORMATS.partition("\n###")[0], flags=re.MULTILINE
    )
    listed = [(name, what) for names, what in rows for name in named(names)]
    has = {
        export.name: " and ".join(
            what for what, sql in (("usage", export.usage), ("bill", export.bill)) if sql
        )
        for export in EXPORTS
    }
    # it counts a request once for each tag, so none of its rows lands
    has["litellm-daily-tag"] = "nothing that lands"
    assert listed == list(has.items())


@pytest.mark.parametrize("names", SECTIONS, ids=lambda names: names[0])
def test_the_example_of_a_section_lands_as_the_page_says(
    names: tuple[str, ...], project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example = EXAMPLE.search(SECTIONS[names])
    assert example, f"{names[0]} has no example"
    file, content, said = example.groups()
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    land(project, folder)
    told = capsys.readouterr().err
    assert any(f"({name})" in told for name in names)
    assert said.replace("\n", " ") == account(project)


CSV = [names for names, section in SECTIONS.items() if "\n```csv " in section]


@pytest.mark.parametrize("names", CSV, ids=lambda names: names[0])
def test_a_number_that_is_an_empty_quoted_cell_is_missing(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    """Each number by itself, and all other cells quoted, too: rows as without any quotes."""
    example = EXAMPLE.search(SECTIONS[names])
    assert example
    header, *rows = csv.reader(io.StringIO(example[2]))
    number = re.compile(r"\$?-?[\d.,]*\d(e-?\d+)?|-|Included", flags=re.IGNORECASE)
    for at in range(len(header)):
        if not all(number.fullmatch(row[at] or "0") for row in rows):
            continue
        landed = []
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
            folder = tmp_path / f"{at}_{quoting}"
            folder.mkdir()
            with (folder / example[1]).open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, quoting=quoting, lineterminator="\n")
                writer.writerow(header)
                writer.writerows([*row[:at], "", *row[at + 1 :]] for row in rows)
            landed.append(_landed(folder))
        assert landed[0] == landed[1], header[at]


def _landed(folder: Path) -> object:
    """What lands of a file, but for ids, which tell an empty text from none; or the refusal."""
    (folder / "dbt_project.yml").write_text("profile: tokenmart")
    (folder / "profiles.yml").write_text(
        "tokenmart: {target: dev, outputs: {dev: {type: duckdb, path: it.duckdb}}}"
    )
    project = Project(folder)
    try:
        land(project, *folder.glob("*.csv"))
    except UserError as error:
        return re.sub(r"''|\bnull\b", "", str(error))
    return [
        query(project, f"select columns(* exclude ({ids})) from {table} order by all")
        for table, ids in (
            ("raw_provider.usage_events", "id, key_id, request_id"),
            ("raw_billing.provider_costs", "line_id"),
        )
        if query(project, f"select 1 from duckdb_tables() where '{table}' like '%.' || table_name")
    ]


@pytest.mark.parametrize("text", sorted({*modules().values()}), ids=lambda text: text[:40])
def test_the_fields_of_a_module_are_in_the_first_section_of_its_formats(text: str) -> None:
    of_module = [
        section
        for names, section in SECTIONS.items()
        if {modules()[name] for name in names} == {text}
    ]
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) > 2
    first, *others = (section.count("\n".join(rows)) for section in of_module)
    assert first == 1
    assert not any(others)
    assert all("The fields are those of the table " in each for each in of_module[1:])


def test_the_reader_that_contributing_shows_reads(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    ((source,),) = [re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)]
    names = {"Export": Export, "Rows": exports.Rows, "identity": identity}
    exec(source, names)
    monkeypatch.setattr(recognize, "EXPORTS", (*EXPORTS, names["EXPORT"]))
    (folder / "example.csv").write_text("day,Model,Input,Cached,Output\n2026-11-01,m,2,3,4\n")
    land(project, folder)
    assert account(project) == (
        "Rows that land: 1 of usage, with 5 tokens in (3 cached, 0 written) and 4 out."
    )
