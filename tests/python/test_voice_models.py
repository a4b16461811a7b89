"""Whose model a voice event is priced at, and what audio costs that comes without tokens."""

from decimal import Decimal
from typing import Any

import pytest
from conftest import uuid
from warehouses import Warehouse

CONVERSATIONS = (
    {"id": uuid(1), "metadata": {"model": "gpt-4o-realtime-preview"}},
    {"id": uuid(2), "metadata": {}},
)
TOKENS = {"input_tokens": 1_000_000, "output_tokens": 0}
RESPONSE = {"event_type": "response_complete", "timestamp": "2025-10-17 10:00:00"}
EVENTS: tuple[dict[str, Any], ...] = (
    # the conversation's model
    {"conversation_id": uuid(1), **TOKENS},
    # its own, at the top or in a whole event
    {"conversation_id": uuid(1), **TOKENS, "metadata": {"model": "gpt-4o-mini-transcribe"}},
    {"conversation_id": uuid(1), **TOKENS, "metadata": {"response": {"model": "gpt-realtime"}}},
    # something that is no name
    {"conversation_id": uuid(1), **TOKENS, "metadata": {"model": {"name": "gpt-realtime"}}},
    # of no user
    {"conversation_id": uuid(2), **TOKENS},
    {"conversation_id": uuid(2), **TOKENS, "timestamp": "2025-08-27 10:00:00"},
    # by the time: of the event, and of its usage
    {"conversation_id": uuid(1), "audio_duration_ms": 90_000, "metadata": {"model": "whisper-1"}},
    {
        "conversation_id": uuid(1),
        "metadata": {"model": "whisper-1", "usage": {"type": "duration", "seconds": 2.5}},
    },
    # as Whisper answers, and as an application's own events may look
    {
        "conversation_id": uuid(1),
        "metadata": {"model": "whisper-1", "task": "transcribe", "duration": 3.5, "text": "Hello."},
    },
    {
        "conversation_id": uuid(1),
        "latency_ms": 1,
        "metadata": {"model": "whisper-1", "task": "call", "duration": 9000},
    },
    # a model that is paid by the token, and one of which nothing is known
    {"conversation_id": uuid(1), "audio_duration_ms": 5_000},
    {"conversation_id": uuid(1), "audio_duration_ms": 7_000, "metadata": {"model": "ours"}},
)

FACTS = """
    select
        model_id, model_source, cast(usage_date as varchar), timed_audio_ms, pricing_status,
        price_flags, cost_usd
    from analytics.fct_voice_usage_daily
"""
EXPECTED = {
    # two events of 1 M tokens; 5 seconds of audio are paid with the tokens
    ("gpt-4o-realtime-preview", "conversation", "2025-10-17", 5_000, "priced", None, Decimal(10)),
    ("gpt-4o-mini-transcribe", "event", "2025-10-17", 0, "priced", None, Decimal("1.25")),
    ("gpt-realtime", "event", "2025-10-17", 0, "priced", None, Decimal(4)),
    ("gpt-realtime", "assumed", "2025-10-17", 0, "priced", "assumed_model", Decimal(4)),
    (
        *("gpt-realtime", "assumed", "2025-08-27", 0, "priced"),
        *("assumed_model, assumed_before_release", Decimal(4)),
    ),
    # 96 seconds at 0.006 a minute
    ("whisper-1", "event", "2025-10-17", 96_000, "priced", None, Decimal("0.0096")),
    ("ours", "event", "2025-10-17", 7_000, "unpriced", None, None),
}


@pytest.fixture
def built(either_warehouse: Warehouse) -> Warehouse:
    either_warehouse.create_sources("voice")
    either_warehouse.insert("voice_conversations", *CONVERSATIONS)
    either_warehouse.insert(
        "voice_usage_metrics",
        *({"id": uuid(number), **RESPONSE, **event} for number, event in enumerate(EVENTS)),
    )
    either_warehouse.build(sources_enabled=["voice"])
    return either_warehouse


def test_an_event_is_priced_at_its_own_model_or_says_whose_it_is(built: Warehouse) -> None:
    assert {*built.rows(FACTS)} == EXPECTED
    # each token and millisecond once, whoever names the model
    assert built.rows(
        "select sum(record_count), sum(input_tokens), sum(audio_duration_ms) "
        "from analytics.fct_voice_usage_daily"
    ) == [(12, 6_000_000, 108_000)]
    assert built.rows("select sum(assumed_model_cost_usd) from analytics.mart_voice_daily") == [
        (Decimal(8),)
    ]
    printed = built.tokenmart("summary").stdout
    assert "$8.00 of voice assumes the model gpt-realtime: check voice_default_model" in printed
    # what has a price neither by the token nor by time is listed, with the line that it wants
    ((model, token_class, tokens, audio_ms, line),) = built.rows(
        "select model_id, token_class, tokens, unpriced_audio_ms, line_to_add "
        "from analytics.mart_unpriced_usage"
    )
    assert (model, token_class, tokens, audio_ms) == ("ours", "audio_seconds", 0, 7_000)
    assert "ours,standard,audio_seconds" in line
