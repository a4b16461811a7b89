"""The formats of exports that can be landed: one module a format, registered here.

Order matters only where a file could be of two formats: the first that recognizes it has it.
"""

from tokenmart.errors import UserError
from tokenmart.land.exports import (
    anthropic_console,
    anthropic_costs,
    anthropic_usage,
    aws_cur,
    azure_costs,
    bedrock_logs,
    claude_code,
    codex_cli,
    cursor,
    focus,
    github_copilot,
    google_billing,
    langfuse,
    litellm_daily,
    litellm_spend_logs,
    openai_costs,
    openai_usage,
    openrouter,
    openrouter_days,
    otlp_spans,
)
from tokenmart.land.exports.export import Documents, Export, Rows

EXPORTS: tuple[Export, ...] = (
    openai_usage.API,
    openai_costs.API,
    openai_costs.DASHBOARD,
    openai_usage.DASHBOARD,
    anthropic_usage.EXPORT,
    anthropic_costs.EXPORT,
    anthropic_console.USAGE,
    anthropic_console.COSTS,
    aws_cur.EXPORT,
    bedrock_logs.EXPORT,
    azure_costs.EXPORT,
    google_billing.EXPORT,
    focus.EXPORT,
    litellm_spend_logs.EXPORT,
    *litellm_daily.EXPORTS,
    langfuse.EXPORT,
    claude_code.EXPORT,
    codex_cli.EXPORT,
    cursor.EXPORT,
    github_copilot.EXPORT,
    openrouter.EXPORT,
    openrouter_days.EXPORT,
    otlp_spans.EXPORT,
)


def export_named(name: str) -> Export:
    """The format that ``--as`` names."""
    for export in EXPORTS:
        if export.name == name:
            return export
    known = ", ".join(export.name for export in EXPORTS)
    raise UserError(f"There is no format {name}; those that can be landed are {known}.")


__all__ = ["EXPORTS", "Documents", "Export", "Rows", "export_named"]
