"""The facts and their dimensions."""

from collections.abc import Iterable, Iterator
from itertools import chain

from great_expectations.expectations import Expectation

from tokenmart.quality.check import Check, model_check
from tokenmart.quality.expect import (
    never,
    no_rows,
    not_negative,
    not_null,
    one_of,
    same_by,
    unique,
)
from tokenmart.relations import Relations

SYSTEMS = {
    "fct_provider_usage_daily": "provider",
    "fct_agent_usage_daily": "agents",
    "fct_voice_usage_daily": "voice",
}
TOKENS = ("record_count", "input_tokens", "output_tokens", "total_tokens")


def fact_checks(relations: Relations) -> Iterator[Check]:
    """Keys and identities of the facts."""
    rules = {
        "fct_provider_usage_daily": chain(
            not_null("usage_date_utc", "provider_key_id", "model_id", "is_batch", "context_band"),
            not_negative("request_count", "cached_input_tokens"),
            never(
                "usage_key",
                "input + output = total",
                "input_tokens + output_tokens <> total_tokens",
            ),
            never(
                "usage_key",
                "cached tokens are part of the input",
                "cached_input_tokens > input_tokens",
            ),
        ),
        "fct_agent_usage_daily": chain(
            not_null("org_id", "resource_type", "token_source", "cost_usd"),
            one_of("token_source", "company", "personal"),
            not_negative("quantity", "unsplit_tokens"),
            never(
                "usage_key",
                "input + output + unsplit = total",
                "input_tokens + output_tokens + unsplit_tokens <> total_tokens",
            ),
            never(
                "usage_key",
                "the tokens of a day are its quantity",
                "resource_type = 'llm_tokens' and total_tokens <> quantity",
            ),
            never("usage_key", "the cost is the recorded one", "cost_usd <> recorded_cost_usd"),
            never(
                "usage_key",
                "company and personal money make up the cost",
                "company_cost_usd + personal_cost_usd <> cost_usd",
            ),
        ),
        "fct_voice_usage_daily": chain(
            not_null("usage_date_utc", "model_id"),
            not_negative(
                "response_count", "error_count", "function_call_count", "audio_duration_ms"
            ),
            never(
                "usage_key",
                "input + output = total",
                "input_tokens + output_tokens <> total_tokens",
            ),
        ),
    }
    cost = relations.model("fct_cost_daily").sql
    for name, expectations in rules.items():
        if not relations.has_model(name):
            continue
        yield model_check(
            relations,
            "marts",
            name,
            "usage_key",
            [
                *unique("usage_key"),
                *not_null("usage_key", "usage_date", "cost_basis"),
                *not_negative(*TOKENS),
                *expectations,
                *_same_as_counted_rows(relations, name),
                *same_by(
                    "each row is in fct_cost_daily",
                    "usage_key",
                    f"(select * from {cost} where source_system = '{SYSTEMS[name]}')",
                    *TOKENS,
                    "recorded_cost_usd",
                    "cost_usd",
                ),
            ],
        )
    yield model_check(
        relations,
        "marts",
        "fct_cost_daily",
        "cost_key",
        [
            *unique("cost_key"),
            *not_null("cost_key", "source_system", "usage_date", "cost_basis"),
            *one_of("source_system", "provider", "agents", "voice"),
            *one_of("cost_basis", "recorded", "unpriced"),
            *one_of("token_source", "company", "personal"),
            *not_negative(*TOKENS),
            *never(
                "cost_key",
                "an unpriced cost is null and a priced one is not",
                "(cost_basis = 'unpriced') <> (cost_usd is null)",
            ),
        ],
    )


def _same_as_counted_rows(relations: Relations, fact: str) -> Iterable[Expectation]:
    """A fact holds what the counted rows hold, by day where a row has one day."""
    checked = relations.model(f"int_{SYSTEMS[fact]}_usage_checked").sql
    keys, columns, measures = {
        "fct_provider_usage_daily": (
            "source_instance, usage_date_utc, provider_key_id",
            "*, 1 as record_count, cast(used_at as date) as usage_date_utc",
            ("record_count", "input_tokens", "output_tokens", "recorded_cost_usd"),
        ),
        "fct_agent_usage_daily": (
            "source_instance, org_id, resource_type",
            "source_instance, org_id, resource_type, 1 as record_count, recorded_cost_usd,"
            " case when resource_type = 'llm_tokens' then quantity else 0 end as total_tokens",
            ("record_count", "total_tokens", "recorded_cost_usd"),
        ),
        "fct_voice_usage_daily": (
            "source_instance, usage_date_utc",
            "*, 1 as record_count, cast(recorded_at as date) as usage_date_utc",
            ("record_count", "input_tokens", "output_tokens", "audio_duration_ms"),
        ),
    }[fact]
    counted = f"(select {columns} from {checked} where quarantine_reasons is null)"
    return same_by("the totals are those of the counted rows", keys, counted, *measures)


def dimension_checks(relations: Relations) -> Iterator[Check]:
    """Keys of the dimensions, and a day for every usage."""
    for name, key in (
        ("dim_provider_key", "provider_key_id"),
        ("dim_organization", "org_id"),
        ("dim_employee", "employee_id"),
        ("dim_agent_config", "agent_config_id"),
    ):
        if relations.has_model(name):
            columns = ["source_instance", key]
            yield model_check(
                relations, "marts", name, key, [*not_null(*columns), *unique(*columns)]
            )
    cost = relations.model("fct_cost_daily").sql
    for name, key, used in (
        ("dim_date", "date_day", "usage_date"),
        ("dim_model", "model_id", "model_id"),
    ):
        missing = no_rows(
            f"every {used} of fct_cost_daily is listed",
            f"select distinct {used} from {cost}"
            f" where {used} is not null and {used} not in (select {key} from {{batch}})",
        )
        yield model_check(relations, "marts", name, key, [*not_null(key), *unique(key), *missing])
