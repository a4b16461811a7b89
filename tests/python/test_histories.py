"""Whatever the sources do between two runs, the facts are those of a plain-Python account.

The runs are real ones, recorded from dbt and played again in process: see replay.py, histories.py.
HISTORIES=5000 pytest … plays more of them.
"""

import os
from collections import defaultdict
from random import Random
from typing import Any

import pytest
from draw import EVERYTHING, drawn
from histories import (
    Account,
    AgentsHistory,
    ProviderHistory,
    VoiceHistory,
    account_of_events,
    account_of_metrics,
    account_of_records,
)
from replay import Engine

AT_ONCE = 25
HISTORIES = {"duckdb": 300, "postgres": 50}
DRAWN = {"duckdb": 75, "postgres": 25}


SUMS = {
    "provider": """
        select usage_date_utc, provider_key_id, model_id, project_id, openai_user_id,
            openai_api_key_id, service_tier, is_batch,
            record_count, input_tokens, output_tokens, recorded_cost_usd
        from analytics.fct_provider_usage_daily
    """,
    "voice": """
        select usage_date_utc, conversation_id, record_count, input_tokens, output_tokens
        from analytics.fct_voice_usage_daily
    """,
    "agents": """
        select usage_date, org_id, employee_id, resource_type,
            record_count, quantity, recorded_cost_usd
        from analytics.fct_agent_usage_daily
    """,
}
MEASURES = {"provider": 4, "voice": 3, "agents": 3}
IDS = {"provider": "usage_event_id", "voice": "voice_metric_id", "agents": "usage_record_id"}
TABLES = {"provider": "usage_events", "voice": "voice_usage_metrics", "agents": "usage_records"}
KINDS = {"provider": ProviderHistory, "voice": VoiceHistory, "agents": AgentsHistory}


def told(replayed: Engine, source: str) -> tuple[dict[Any, str], dict[Any, Any]]:
    """What the warehouse says: what became of each row, and the sums of those that count."""
    outcomes = replayed.fetch(
        f"""
        select {IDS[source]}, exclusion_reason from analytics.excluded_{TABLES[source]}
        union all
        select {IDS[source]}, 'quarantined' from analytics.quarantine_{TABLES[source]}
        """
    )
    cut = -MEASURES[source]
    rows = replayed.fetch(SUMS[source])
    sums = {row[:cut]: row[cut:] for row in rows}
    assert len(outcomes) == len(dict(outcomes)) and len(rows) == len(sums)
    return dict(outcomes), sums


def expected(source: str, account: Account) -> tuple[dict[Any, str], dict[Any, Any]]:
    if source == "provider":
        return account_of_events(account.rows["usage_events"], set(account.rows["provider_keys"]))
    if source == "voice":
        return account_of_metrics(account.rows["voice_usage_metrics"])
    organizations = set(account.rows["organizations"])
    return account_of_records(account.rows["usage_records"], organizations, account.owners)


def _play(
    replayed: Engine, source: str, seeds: range, *, deletes: bool
) -> tuple[list[Any], list[Account]]:
    """Play a history a seed, all in one database and as many runs as the longest has steps."""
    replayed.forget()
    histories = [KINDS[source](seed % AT_ONCE, Random(seed)) for seed in seeds]
    accounts = [Account() for _ in histories]
    shuffle = Random(seeds.start)
    for _ in range(shuffle.randint(2, 4)):
        for history, account in zip(histories, accounts, strict=True):
            if history.random.random() < 0.9:
                history.step(deletes=deletes)
            account.look(*history.sources)
        _fill(replayed, histories, shuffle)
        replayed.look(source)
    return histories, accounts


def _fill(replayed: Engine, histories: list[Any], shuffle: Random) -> None:
    for sources in zip(*(history.sources for history in histories), strict=True):
        rows = [row for source in sources for row in source.rows.values()]
        shuffle.shuffle(rows)
        replayed.fill(sources[0].table, rows)


def _batches(replayed: Engine, source: str) -> list[range]:
    """The histories to play: as many as are asked for, those of the long tier, or drawn ones."""
    batches = [range(start, start + AT_ONCE) for start in range(0, 100_000, AT_ONCE)]
    if "HISTORIES" in os.environ or EVERYTHING:
        count = int(os.environ.get("HISTORIES", HISTORIES[replayed.name]))
        return batches[: count // AT_ONCE]
    return drawn(f"histories of {source}", batches, DRAWN[replayed.name] // AT_ONCE)


@pytest.mark.parametrize("source", KINDS)
def test_what_was_observed_is_counted_as_the_account_counts_it(
    replayed: Engine, source: str
) -> None:
    for seeds in _batches(replayed, source):
        histories, accounts = _play(replayed, source, seeds, deletes=True)
        outcomes, sums = told(replayed, source)
        counted: dict[Any, Any] = {}
        involved = defaultdict(list)
        for seed, history, account in zip(seeds, histories, accounts, strict=True):
            expected_outcomes, expected_sums = expected(source, account)
            own = {
                key: outcome
                for key, outcome in outcomes.items()
                if key in account.rows[_table(source)]
            }
            assert own == expected_outcomes, (seed, history.log)
            for grain in expected_sums:
                involved[grain].append((seed, history.log))
            _add(counted, expected_sums)
        wrong = {grain for grain in counted | sums if counted.get(grain) != sums.get(grain)}
        assert not wrong, [(grain, involved[grain]) for grain in wrong][:3]


@pytest.mark.parametrize("source", KINDS)
def test_without_deletes_any_split_of_arrivals_equals_one_clean_build(
    replayed: Engine, source: str
) -> None:
    for seeds in _batches(replayed, source)[:2]:
        histories, _ = _play(replayed, source, seeds, deletes=False)
        in_parts = told(replayed, source)
        replayed.forget()
        _fill(replayed, histories, Random(0))
        replayed.look(source)
        assert told(replayed, source) == in_parts


def _add(sums: dict[Any, Any], more: dict[Any, Any]) -> None:
    """Histories share the grain of what names no conversation."""
    for grain, figures in more.items():
        known = sums.get(grain)
        sums[grain] = tuple(map(sum, zip(known, figures, strict=True))) if known else figures


def _table(source: str) -> str:
    return {"provider": "usage_events", "voice": "voice_usage_metrics", "agents": "usage_records"}[
        source
    ]
