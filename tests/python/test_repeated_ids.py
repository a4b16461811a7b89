"""Where a source keeps no key, an id may stand there more than once.

One of its rows counts, and nothing that leaves the source changes which.
"""

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from conftest import ORG, uuid
from replay import Engine
from warehouses import Warehouse

IDS = range(1, 31)
ROUNDS = {"duckdb": 4, "postgres": 2}


class RowsOfAnId:
    """What a source says under one id: contents that are told apart by their tokens."""

    def __init__(self, number: int, random: Random, *, deletes: bool) -> None:
        self.number = number
        self.random = random
        self.deletes = deletes
        self.contents: list[int] = []
        self.made = 0

    def step(self) -> None:
        for _ in range(self.random.choice([0, 1, 1, 2, 3])):
            action = self.random.choices(
                ["add", "repeat", "correct", "delete"], [4, 1, 2, 5 * self.deletes]
            )[0]
            self.random.shuffle(self.contents)
            if action == "add" or not self.contents:
                self.contents.append(self._new())
            elif action == "repeat":
                self.contents.append(self.contents[0])
            elif action == "correct":
                self.contents[0] = self._new()
            else:
                self.contents.pop()

    def _new(self) -> int:
        self.made += 1
        return self.number * 1000 + self.made

    def rows(self) -> list[dict[str, Any]]:
        start = datetime(2025, 1, 1) + timedelta(hours=self.number)
        return [
            {
                "id": self.number,
                "key_id": self.number,
                "model": "m",
                "tokens_in": content,
                "timestamp": start + timedelta(days=content % 7, seconds=content % 1000),
            }
            for content in self.contents
        ]


def look(engine: Engine, ids: list[RowsOfAnId], shuffle: Random) -> dict[int, int]:
    """The content that counts of each id, after a run."""
    rows = [row for each in ids for row in each.rows()]
    shuffle.shuffle(rows)
    engine.fill("usage_events", rows)
    engine.look("provider")
    return dict(
        engine.fetch(
            "select cast(provider_key_id as integer), cast(sum(input_tokens) as integer)"
            " from analytics.fct_provider_usage_daily group by 1"
        )
    )


def at_source(engine: Engine) -> Counter[int]:
    """What the ledger takes to be at the source."""
    return Counter(
        tokens
        for (tokens,) in engine.fetch(
            """
            select cast(input_tokens as integer)
            from analytics_ledger.ledger_usage_events as versions
            where not is_deleted and row_version = (
                select max(row_version) from analytics_ledger.ledger_usage_events as others
                where others.row_key = versions.row_key
            )
            """
        )
    )


@pytest.mark.drawn(1)
@pytest.mark.parametrize("deletes", [False, True])
def test_of_the_rows_of_an_id_one_counts_whatever_comes_and_goes(
    replayed: Engine, deletes: bool
) -> None:
    for seed in range(ROUNDS[replayed.name]):
        replayed.forget()
        replayed.fill("provider_keys", [{"id": number} for number in IDS])
        random = Random(seed)
        ids = [RowsOfAnId(number, random, deletes=deletes) for number in IDS]
        counted: dict[int, int] = {}
        observed: set[int] = set()
        for _ in range(5):
            before = {each.number: Counter(each.contents) for each in ids}
            for each in ids:
                each.step()
            counted_before, counted = counted, look(replayed, ids, random)
            assert at_source(replayed) == Counter(row for each in ids for row in each.contents)
            observed |= {each.number for each in ids if each.contents}
            assert set(counted) == observed, seed
            for each in ids:
                left = Counter(each.contents) <= before[each.number]
                if left and each.number in counted_before:
                    assert counted[each.number] == counted_before[each.number], (seed, each.number)
        if not deletes:
            replayed.forget()
            assert look(replayed, ids, random) == counted


def test_a_row_that_comes_before_another_of_its_id_has_its_own_owner(
    sources: Warehouse, record: Any
) -> None:
    sources.insert("employees", {"id": uuid(1), "org_id": ORG})
    for quantity in range(1, 9):
        sources.insert("usage_records", record(quantity, quantity=quantity, employee_id=uuid(1)))
    sources.build("--select", "+int_agents_usage_validated")
    for quantity in range(1, 9):
        sources.insert("usage_records", record(quantity, quantity=90 + quantity, employee_id=None))
    sources.build("--select", "+int_agents_usage_validated")
    owners = sources.rows(
        """
        select quantity > 90, known_employee_id
        from analytics_intermediate.int_agents_usage_validated
        where quarantine_reasons is null group by 1, 2 order by 1
        """
    )
    assert owners == [(False, uuid(1)), (True, None)]
