"""The sources: their tables, and what becomes of the rows that report usage.

The one place in Python that lists them. What a command or a check asks of every source it asks of
:data:`SOURCES`, so that another source is one entry here, beside its DDL in ``tokenmart/schema``.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    """A table of usage: what a row measures, and the relations in which it may end up."""

    table: str
    key: str
    """The column that names a row in every model of these rows."""

    fact: str
    tokens: str
    """SQL for the tokens of a row of the ledger, or of those that are excluded or quarantined."""

    recorded_usd: str
    day: str
    """SQL for the UTC day that a row must be accounted for on; null where it has no single day."""

    quarantine_reasons: tuple[str, ...]
    exclusion_reasons: tuple[str, ...]

    has_embedded_totals: bool = False
    """True if only the validated rows say how many tokens there are in all."""

    @property
    def ledger(self) -> str:
        return f"ledger_{self.table}"

    @property
    def quarantine(self) -> str:
        return f"quarantine_{self.table}"

    @property
    def excluded(self) -> str:
        return f"excluded_{self.table}"


@dataclass(frozen=True)
class Source:
    """A source: an application's database, or a provider's bills."""

    name: str
    keys: Mapping[str, str | None]
    """By table, parents first, the staged column that is its key; a line of a bill has none."""

    usage: Usage | None

    @property
    def validated(self) -> str:
        """The model of its usage in which every row has passed the rules, or says which not."""
        return f"int_{self.name}_usage_validated"

    def staging(self, table: str) -> str:
        """The model that reads a source table."""
        return f"stg_{self.name}__{table}"


SOURCES = (
    Source(
        name="provider",
        keys={"provider_keys": "provider_key_id", "usage_events": "usage_event_id"},
        usage=Usage(
            table="usage_events",
            key="usage_event_id",
            fact="fct_provider_usage_daily",
            tokens="cast(total_input_tokens as decimal(38, 0)) + total_output_tokens",
            recorded_usd="coalesce(recorded_cost_usd, 0)",
            day="usage_date_utc",
            quarantine_reasons=(
                *("missing_id", "repeated_id", "missing_key", "unknown_key", "missing_model"),
                *("missing_timestamp", "negative_tokens", "negative_requests"),
                *("cached_above_total", "split_not_total", "no_token_convention"),
                *("quantity_too_large", "window_inverted", "window_too_long"),
                *("before_earliest_date", "from_the_future"),
            ),
            exclusion_reasons=(
                *("empty", "repeated_window", "repeated_request", "cost_line", "finer_windows"),
                *("coarser_window", "inside_a_window"),
            ),
            # an event may hold audio next to its totals
            has_embedded_totals=True,
        ),
    ),
    Source(
        name="agents",
        keys={
            "organizations": "org_id",
            "teams": "team_id",
            "agents": "agent_id",
            "employees": "employee_id",
            "employee_agent_configs": "agent_config_id",
            "usage_records": "usage_record_id",
        },
        usage=Usage(
            table="usage_records",
            key="usage_record_id",
            fact="fct_agent_usage_daily",
            tokens="case when resource_type = 'llm_tokens' then coalesce(quantity, 0) else 0 end",
            recorded_usd="coalesce(recorded_cost_usd, 0)",
            # a record covers a period
            day="cast(null as date)",
            quarantine_reasons=(
                *("missing_id", "repeated_id", "missing_org", "unknown_org"),
                *("missing_resource_type", "missing_quantity", "missing_cost", "missing_period"),
                *("unknown_token_source", "negative_quantity", "negative_tokens"),
                *("quantity_too_large", "period_inverted", "period_too_long"),
                *("before_earliest_date", "from_the_future"),
            ),
            exclusion_reasons=("empty",),
        ),
    ),
    Source(
        name="voice",
        keys={
            "voice_conversations": "conversation_id",
            "voice_usage_metrics": "voice_metric_id",
        },
        usage=Usage(
            table="voice_usage_metrics",
            key="voice_metric_id",
            fact="fct_voice_usage_daily",
            tokens="cast(coalesce(input_tokens, 0) as decimal(38, 0)) + coalesce(output_tokens, 0)",
            recorded_usd="0",
            day="usage_date_utc",
            quarantine_reasons=(
                *("missing_id", "repeated_id", "missing_timestamp", "negative_tokens"),
                *("negative_duration", "negative_function_calls", "negative_latency"),
                *("cached_above_total", "no_token_convention", "quantity_too_large"),
                *("before_earliest_date", "from_the_future"),
            ),
            exclusion_reasons=("empty", "retried"),
        ),
    ),
    Source(name="billing", keys={"provider_costs": None}, usage=None),
)

USAGE = {source.name: source.usage for source in SOURCES if source.usage}
"""What each source that reports usage says of it."""
