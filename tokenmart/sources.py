"""The sources: their tables, and what becomes of the rows that report usage.

The one place in Python that lists them. What a command or a check asks of every source it asks of
:data:`SOURCES`, so that another source is one entry here, beside its DDL in ``tokenmart/schema``.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Measures:
    """What a fact and the counted rows behind it must add up to alike."""

    by: str
    """The columns of the fact by which both are added up."""

    of_rows: str
    """SQL that selects the same columns, and the measures, of a counted row."""

    names: tuple[str, ...]


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
    grain: tuple[str, ...]
    """What the fact has one row for, besides source_instance."""

    measures: Measures
    moment: str
    """SQL for the moment by which a source row belongs to a period, over its source table."""

    grain_if_filled: tuple[str, ...] = ()
    """What else it has one row for, and is in its key only where one of these is filled."""

    further_classes: tuple[tuple[str, str], ...] = ()
    """What may have no price besides the classes of tokens, with SQL for its tokens."""

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

    @property
    def usage_tables(self) -> frozenset[str]:
        """The tables whose bad rows are quarantined, or are named by warnings, and stop nothing."""
        return frozenset(self.keys) if self.usage is None else frozenset({self.usage.table})

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
                *("negative_quantity", "missing_unit"),
                *("quantity_too_large", "window_inverted", "window_too_long"),
                *("before_earliest_date", "from_the_future"),
            ),
            exclusion_reasons=(
                *("empty", "repeated_window", "repeated_request", "cost_line", "finer_windows"),
                *("coarser_window", "inside_a_window"),
            ),
            grain=(
                *("usage_date", "usage_date_utc", "provider_key_id", "model_id", "project_id"),
                *("openai_user_id", "openai_api_key_id", "service_tier", "is_batch"),
                "context_band",
            ),
            grain_if_filled=("quantity_unit", "end_user_id", "session_id", "team_id", "tags"),
            measures=Measures(
                by="source_instance, usage_date_utc, provider_key_id",
                of_rows=(
                    "source_instance, cast(used_at as date) as usage_date_utc, provider_key_id,"
                    " 1 as record_count, total_input_tokens as input_tokens,"
                    " total_output_tokens as output_tokens, recorded_cost_usd,"
                    " nullif(quantity, 0) as quantity"
                ),
                names=(
                    *("record_count", "input_tokens", "output_tokens", "recorded_cost_usd"),
                    "quantity",
                ),
            ),
            moment='coalesce(window_end, window_start, "timestamp")',
            further_classes=(("quantity", "0"),),
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
            grain=(
                *("usage_date", "org_id", "employee_id", "agent_config_id", "resource_type"),
                *("model_id", "token_source"),
            ),
            measures=Measures(
                by="source_instance, org_id, resource_type",
                of_rows=(
                    "source_instance, org_id, resource_type, 1 as record_count, recorded_cost_usd,"
                    " case when resource_type = 'llm_tokens' then quantity else 0 end"
                    " as total_tokens"
                ),
                names=("record_count", "total_tokens", "recorded_cost_usd"),
            ),
            moment="coalesce(period_end, created_at)",
            further_classes=(("unsplit", "unsplit_tokens"),),
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
            grain=("usage_date", "usage_date_utc", "user_id", "conversation_id", "model_id"),
            measures=Measures(
                by="source_instance, usage_date_utc",
                of_rows=(
                    "source_instance, cast(recorded_at as date) as usage_date_utc,"
                    " 1 as record_count, coalesce(input_tokens, 0) as input_tokens,"
                    " coalesce(output_tokens, 0) as output_tokens,"
                    " coalesce(audio_duration_ms, 0) as audio_duration_ms,"
                    " coalesce(function_calls, 0) as function_call_count"
                ),
                names=(
                    *("record_count", "input_tokens", "output_tokens", "audio_duration_ms"),
                    "function_call_count",
                ),
            ),
            moment='"timestamp"',
            further_classes=(
                ("unsplit", "unclassed_input_tokens + unclassed_output_tokens"),
                ("audio_seconds", "0"),
            ),
        ),
    ),
    Source(name="billing", keys={"provider_costs": None}, usage=None),
)

NAMES = tuple(source.name for source in SOURCES)

USAGE = {source.name: source.usage for source in SOURCES if source.usage}
"""By name, the usage of each source that reports any."""
