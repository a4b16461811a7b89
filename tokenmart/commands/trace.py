"""``tokenmart trace``: request-level traces into a folder that ``tokenmart land`` takes."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tokenmart.console import out
from tokenmart.trace import FileFormat, Trace, convert_traces


def run(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Traces with the columns TIMESTAMP, ContextTokens and GeneratedTokens.",
        ),
    ],
    folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="The folder to write; new or empty.")
    ],
    model: Annotated[str, typer.Option(help="The model that the requests went to.")] = "gpt-4o",
    provider: Annotated[str, typer.Option(help="The provider that served it.")] = "azure",
    file_format: Annotated[
        FileFormat, typer.Option("--format", help="The format of the files to write.")
    ] = FileFormat.parquet,
) -> None:
    """Turn traces of LLM requests into usage_events and provider_keys, one key a file."""
    traces = convert_traces(files, folder, model=model, provider=provider, file_format=file_format)
    _print(traces)
    out.print(
        f"Land them with: tokenmart land {folder}", markup=False, highlight=False, soft_wrap=True
    )


def _print(traces: list[Trace]) -> None:
    table = Table("key", "file")
    for heading in ("requests", "tokens in", "tokens out"):
        table.add_column(heading, justify="right")
    for trace in traces:
        figures = (trace.requests, trace.tokens_in, trace.tokens_out)
        table.add_row(str(trace.key_id), trace.path.name, *(f"{each:,}" for each in figures))
    out.print(table)
