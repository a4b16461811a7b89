"""``tokenmart trace``: request-level traces into a folder that ``tokenmart land`` takes."""

from pathlib import Path
from typing import Annotated

import typer

from tokenmart.commands.shape import Report
from tokenmart.commands.table import print_table
from tokenmart.console import say
from tokenmart.trace import FileFormat, convert_traces


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
) -> Report:
    """Turn traces of LLM requests into a folder for `land`.

    The folder holds usage_events and provider_keys, one provider key for each file.
    """
    traces = convert_traces(files, folder, model=model, provider=provider, file_format=file_format)
    print_table(
        f"Traces in {folder}",
        ("key", "file", "requests", "tokens in", "tokens out"),
        [
            (str(each.key_id), each.path.name, each.requests, each.tokens_in, each.tokens_out)
            for each in traces
        ],
    )
    say(f"Land them with: tokenmart land {folder}")
    return Report({"folder": folder, "traces": traces})
