"""The facts and their dimensions."""

from collections.abc import Iterator

from tokenmart.quality.check import Check, model_check
from tokenmart.quality.expect import (
    never,
    no_rows,
    not_negative,
    not_null,
    one_of,
    same_by,
    unique,
    warn,
)
from tokenmart.quality.expectations import Rule
from tokenmart.quality.suites.validated import counted_rows
from tokenmart.relations import Relations
from tokenmart.sources import NAMES, SOURCES, USAGE, Source, Usage

TOKENS = ("record_count", "input_tokens", "output_tokens", "total_tokens")
INPUT_CLASSES = (
    *("uncached_text_input", "cached_text_input", "uncached_audio_input", "cached_audio_input"),
    *("uncached_image_input", "cached_image_input", "cache_write_input", "cache_write_1h_input"),
)
OUTPUT_CLASSES = ("text_output", "audio_output", "image_output")


def fact_checks(relations: Relations) -> Iterator[Check]:
    """Keys, identities and totals of the facts."""
    key = "usage_key"
    rules: dict[str, list[Rule]] = {
        "usage_events": [
            *not_null(key, "usage_date_utc", "provider_key_id", "model_id", "is_batch"),
            *not_null(key, "context_band"),
            *not_negative(key, "request_count", "cached_input_tokens", "quantity"),
            *never(
                key,
                "what is counted in a unit has a quantity, and what has none has no unit",
                "(quantity_unit is null) <> (quantity is null)",
            ),
            *never(
                key,
                "what is not tokens has no price",
                "quantity_unit is not null"
                " and coalesce(list_cost_usd, contracted_cost_usd) is not null",
            ),
            *never(key, "input + output = total", "input_tokens + output_tokens <> total_tokens"),
            *never(
                key,
                "the cached classes make up the cached input",
                "cached_text_input_tokens + cached_audio_input_tokens + cached_image_input_tokens"
                " <> cached_input_tokens",
            ),
            *never(
                key,
                "only rows that were counted stay on their UTC day",
                "utc_day_record_count not between 0 and record_count",
            ),
            *_days_apart(key),
        ],
        "usage_records": [
            *not_null(key, "org_id", "resource_type", "token_source", "recorded_cost_usd"),
            *one_of(key, "token_source", "company", "personal"),
            *not_negative(key, "quantity", "unsplit_tokens"),
            *never(
                key,
                "input + output + unsplit = total",
                "input_tokens + output_tokens + unsplit_tokens <> total_tokens",
            ),
            *never(
                key,
                "the tokens of a day are its quantity",
                "total_tokens <> case resource_type when 'llm_tokens' then quantity else 0 end",
            ),
            *_whose_money(key),
        ],
        "voice_usage_metrics": [
            *not_null(key, "usage_date_utc", "model_id"),
            *not_negative(key, "response_count", "error_count", "function_call_count"),
            *not_negative(key, "audio_duration_ms", "timed_audio_ms"),
            *not_negative(key, "unclassed_input_tokens", "unclassed_output_tokens"),
            *one_of(key, "model_source", "event", "conversation", "assumed"),
            *never(key, "input + output = total", "input_tokens + output_tokens <> total_tokens"),
            *never(
                key,
                "responses and errors are records",
                "response_count + error_count > record_count",
            ),
            *_days_apart(key),
        ],
    }
    for source in SOURCES:
        usage = source.usage
        if usage is None or not relations.has_model(usage.fact):
            continue
        yield model_check(
            relations,
            "marts",
            usage.fact,
            unique(key),
            never(
                key,
                "usage_key is the hash of the grain",
                f"usage_key <> "
                f"{_hash('source_instance', *usage.grain, if_filled=usage.grain_if_filled)}",
            ),
            not_null(key, "usage_key", "source_instance", "usage_date", "cost_basis"),
            not_negative(key, *TOKENS),
            _classes(key, has_unclassed=source.name == "voice"),
            rules.get(usage.table, []),
            _same_as_counted_rows(relations, source, usage),
            _levels(relations, source, usage) if "resource_type" in usage.grain else (),
        )
    key = "cost_key"
    yield model_check(
        relations,
        "marts",
        "fct_cost_daily",
        unique(key),
        never(
            key,
            "cost_key is the hash of source and usage_key",
            f"cost_key <> {_hash('source_system', 'usage_key')}",
        ),
        not_null(key, "cost_key", "usage_key", "source_instance", "source_system", "usage_date"),
        not_null(key, "cost_basis", "token_source"),
        one_of(key, "source_system", *NAMES),
        one_of(key, "cost_basis", "billed", "contracted", "list", "recorded", "unpriced"),
        one_of(key, "token_source", "company", "personal"),
        not_negative(key, *TOKENS, "unsplit_tokens"),
        never(
            key,
            "input + output + unsplit = total",
            "input_tokens + output_tokens + unsplit_tokens <> total_tokens",
        ),
        never(
            key,
            "an unpriced cost is null and a priced one is not",
            "(cost_basis = 'unpriced') <> (cost_usd is null)",
        ),
        never(
            key,
            "the cost is that of its basis",
            "cost_usd is distinct from case cost_basis when 'billed' then billed_cost_usd"
            " when 'contracted' then contracted_cost_usd when 'list' then list_cost_usd"
            " when 'recorded' then recorded_cost_usd end",
        ),
        never(
            key,
            "a cost is observed where another source contains it",
            "is_counted = (observed_through is not null)"
            " or observed_cost_usd is distinct from case when is_counted then 0 else cost_usd end",
        ),
        _whose_money(key),
        _days_apart(key),
        *(
            same_by(
                f"each row of {usage.fact} is in it, and no others",
                "usage_key",
                relations.model(usage.fact).sql,
                *TOKENS,
                *("list_cost_usd", "contracted_cost_usd", "recorded_cost_usd", "cost_usd"),
                *(("billed_cost_usd",) if name == "provider" else ()),
                mine=f"(select * from {{batch}} where source_system = '{name}')",
            )
            for name, usage in USAGE.items()
            if relations.has_model(usage.fact)
        ),
    )


def _hash(*columns: str, if_filled: tuple[str, ...] = ()) -> str:
    """What macros/usage/grain_key.sql makes of the columns."""
    further = (
        f" || case when coalesce({', '.join(if_filled)}) is null then ''"
        f" else {_text(if_filled)} end"
        if if_filled
        else ""
    )
    return f"md5({_text(columns)}{further})"


def _text(columns: tuple[str, ...]) -> str:
    texts = [f"coalesce(cast({column} as varchar), '')" for column in columns]
    return " || ".join(f"cast(length({text}) as varchar) || ':' || {text}" for text in texts)


def _whose_money(key: str) -> list[Rule]:
    return never(
        key,
        "the cost is company or personal money, as token_source says",
        "company_cost_usd"
        " is distinct from case token_source when 'company' then cost_usd else 0 end"
        " or personal_cost_usd"
        " is distinct from case token_source when 'personal' then cost_usd else 0 end",
    )


def _classes(key: str, *, has_unclassed: bool) -> list[Rule]:
    """Tokens are in one class each, if it can be known, and a cost is known or null."""
    return [
        *not_negative(key, *(f"{name}_tokens" for name in (*INPUT_CLASSES, *OUTPUT_CLASSES))),
        *(
            rule
            for what, names in (("input", INPUT_CLASSES), ("output", OUTPUT_CLASSES))
            for rule in never(
                key,
                f"the classes of {what} make up the {what}",
                f"{' + '.join(f'{name}_tokens' for name in names)}"
                f"{f' + unclassed_{what}_tokens' if has_unclassed else ''} <> {what}_tokens",
            )
        ),
        *one_of(
            key,
            "pricing_status",
            *("priced", "derived", "partially_priced", "unpriced", "no_tokens"),
        ),
        *never(
            key,
            "a cost is null where a class has no price, and nowhere else",
            "(pricing_status in ('unpriced', 'partially_priced')) <> (list_cost_usd is null)"
            " or (unpriced_classes is not null) <> (contracted_cost_usd is null)",
        ),
    ]


def _days_apart(key: str) -> list[Rule]:
    return never(
        key,
        "usage_date and usage_date_utc are at most a day apart",
        "usage_date - usage_date_utc not between -1 and 1",
    )


def _same_as_counted_rows(relations: Relations, source: Source, usage: Usage) -> list[Rule]:
    """A fact holds what the counted rows hold, by day where a row has one day."""
    measures = usage.measures
    rows = counted_rows(relations, source, usage)
    return same_by(
        "the totals are those of the counted rows",
        measures.by,
        f"(select {measures.of_rows} from {rows} as counted)",
        *measures.names,
    )


def _levels(relations: Relations, source: Source, usage: Usage) -> list[Rule]:
    """Whether a resource is a level is a variable, which the counted rows know."""
    counted = counted_rows(relations, source, usage)
    keys = "source_instance, org_id, resource_type"
    return [
        *same_by(
            "flows add up to those of the counted rows",
            keys,
            f"(select {keys}, quantity from {counted} as counted where not is_level)",
            "quantity",
            mine=f"(select {keys}, quantity from {{batch}} where resource_type not in"
            f" (select resource_type from {counted} as counted where is_level))",
        ),
        *no_rows(
            "a level is that of one record, and not a sum",
            "select fact.usage_key from {batch} as fact"
            f" join (select distinct resource_type from {counted} as counted where is_level)"
            " as level on fact.resource_type = level.resource_type"
            f" left join (select distinct {keys}, quantity from {counted} as counted"
            " where is_level) as record on fact.source_instance = record.source_instance"
            " and fact.org_id = record.org_id and fact.resource_type = record.resource_type"
            " and fact.quantity = record.quantity where record.org_id is null",
        ),
    ]


def dimension_checks(relations: Relations) -> Iterator[Check]:
    """Keys of the dimensions, which have a row for whatever a fact names."""
    cost = relations.model("fct_cost_daily").sql
    # the owner of a cost may be a name of the user's own
    recorded = f"(select * from {cost} where owner_source = 'recorded')"
    for name, key, is_certain in (
        ("dim_provider_key", "provider_key_id", True),
        ("dim_organization", "org_id", True),
        # usage of an employee or a configuration that the source never had is counted
        ("dim_employee", "employee_id", False),
        ("dim_agent_config", "agent_config_id", False),
    ):
        if not relations.has_model(name):
            continue
        columns = ("source_instance", key)
        missing = _covers(cost if key == "provider_key_id" else recorded, columns, columns)
        yield model_check(
            relations,
            "marts",
            name,
            not_null(", ".join(columns), *columns),
            unique(*columns),
            missing if is_certain else warn(missing),
        )
    yield model_check(
        relations,
        "marts",
        "dim_model",
        not_null("model_id", "model_id"),
        unique("model_id"),
        _covers(cost, ("model_id",), ("model_id",)),
    )
    yield model_check(
        relations,
        "marts",
        "dim_date",
        not_null("date_day", "date_day"),
        unique("date_day"),
        _covers(cost, ("usage_date",), ("date_day",)),
        no_rows(
            "no day between the first and the last is left out",
            "select max(date_day) as last_day from {batch}"
            " having max(date_day) - min(date_day) + 1 <> count(distinct date_day)",
        ),
    )


def _covers(cost: str, used: tuple[str, ...], columns: tuple[str, ...]) -> list[Rule]:
    same = " and ".join(
        f"fact.{theirs} = dim.{ours}" for theirs, ours in zip(used, columns, strict=True)
    )
    return no_rows(
        f"every {used[-1]} of fct_cost_daily is listed",
        f"select distinct {', '.join(f'fact.{column}' for column in used)} from {cost} as fact"
        f" left join {{batch}} as dim on {same}"
        f" where fact.{used[-1]} is not null and dim.{columns[-1]} is null",
        noun="key",
    )
