"""OpenTelemetry's GenAI spans in OTLP JSON: each trap of what emitters make of the conventions."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from exported import rows_of, usage, write_document, write_lines

from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.project import Project

CLASSES = "tokens_in, input_uncached_tokens, input_cached_tokens, input_cache_write_tokens"
CONVENTION = "tags ->> 'input_convention'"


def complaints(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    """As OTLP JSON has them: an integer is a text."""
    kinds = {str: "stringValue", bool: "boolValue", int: "intValue", float: "doubleValue"}
    return [
        {"key": key, "value": {kinds[type(value)]: str(value) if type(value) is int else value}}
        for key, value in values.items()
    ]


def span(
    name: str = "a1", parent: str = "", kind: int | str = 3, values: Any = None, **more: Any
) -> dict[str, Any]:
    call = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "gen_ai.response.id": f"chatcmpl-{name}",
        "gen_ai.conversation.id": "conversation-1",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 200,
    }
    dotted = {key.replace("__", "."): value for key, value in more.items()}
    chosen = call if values is None else values
    return {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": name,
        "parentSpanId": parent,
        "name": "chat gpt-4o",
        "kind": kind,
        "startTimeUnixNano": "1764583200250000000",
        "endTimeUnixNano": "1764583202250000000",
        "attributes": attributes({**chosen, **dotted}),
        "status": {},
    }


def request(*spans: dict[str, Any], service: str = "search") -> dict[str, Any]:
    """A request for export, as a collector writes it to a file."""
    scope = {"scope": {"name": "opentelemetry.instrumentation.openai_v2"}, "spans": list(spans)}
    resource = {"attributes": attributes({"service.name": service})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}


def test_a_span_of_a_call_is_a_request(project: Project, folder: Path) -> None:
    path = write_lines(folder / "traces.jsonl", request(span()))
    columns = (
        'model, tokens_in, tokens_out, "timestamp"::varchar, session_id, request_id, '
        "tags ->> 'service'"
    )
    assert usage(project, columns, path) == [
        (
            *("gpt-4o-2024-08-06", 1000, 200, "2025-12-01 10:00:00.25", "conversation-1"),
            *("chatcmpl-a1", "search"),
        )
    ]


def test_a_span_that_is_exported_twice_counts_once(project: Project, folder: Path) -> None:
    again = request(span("a1"), span("a2"), span("a2"))
    write_lines(folder / "traces.jsonl", request(span("a1"), span("a2")), again)
    write_document(folder / "traces.json", again)
    assert usage(project, "request_id", folder) == [("chatcmpl-a1",), ("chatcmpl-a2",)]


def test_traces_of_tempo_are_those_that_were_exported(project: Project, folder: Path) -> None:
    """Its API gives a trace in two shapes, one of them with ids in base64."""
    call = span("b7ad6b7169203331", gen_ai__response__id="1")
    in_base64 = {"traceId": "W47/95gDgQPSabYzgT/GDA==", "spanId": "t61rcWkgMzE="}
    unpadded = {name: text.rstrip("=") for name, text in in_base64.items()}
    path = write_lines(
        folder / "traces.jsonl",
        request(call),
        request(call | {name: call[name].upper() for name in in_base64}),
        {"batches": request(call | unpadded)["resourceSpans"], "resourceSpans": None},
        {"trace": request(call)},
        {"batches": request(call | in_base64)["resourceSpans"]},
    )
    assert usage(project, "request_id", path) == [("1",)]
    inner = request(span("c1", "b7ad6b7169203331", gen_ai__response__id="2"))
    path = write_lines(
        folder / "both.jsonl", {"batches": request({**call, **in_base64})["resourceSpans"]}, inner
    )
    assert usage(project, "request_id", path, account="other") == [("1",), ("2",)]


def test_other_batches_are_no_traces(project: Project, folder: Path) -> None:
    path = write_document(folder / "batches.json", {"batches": [{"id": "batch_1"}]})
    with pytest.raises(UserError, match=r"otlp-spans: it has no list `resourceSpans`"):
        land(project, path)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # nothing was cached, so there is nothing to tell
        ((1000, None, None, None), (1000, None, None, None, None)),
        # the parts are more than the input
        ((50, 600, 100, None), (750, 50, 600, 100, "excludes cached")),
        # even if an emitter's own total leaves them out
        ((50, 600, 100, 250), (750, 50, 600, 100, "excludes cached")),
        # a total decides, whichever way
        ((1000, 600, 100, 1200), (1000, 300, 600, 100, "includes cached")),
        ((1000, 600, 100, 1900), (1700, 1000, 600, 100, "excludes cached")),
        # neither tells: the row is ambiguous, and read as the convention says
        ((1000, 600, 100, None), (1000, None, 600, 100, "assumed to include cached")),
    ],
)
def test_whether_the_input_includes_what_was_cached_is_tested_by_row(
    project: Project, folder: Path, given: tuple[Any, ...], expected: tuple[Any, ...]
) -> None:
    names = ("input_tokens", "cache_read.input_tokens", "cache_creation.input_tokens")
    values = {
        f"gen_ai.usage.{name}": value
        for name, value in zip((*names, "total_tokens"), given, strict=True)
        if value is not None
    }
    path = write_lines(folder / "traces.jsonl", request(span(**values)))
    assert usage(project, f"{CLASSES}, {CONVENTION}", path) == [expected]


def test_a_total_of_anthropics_tokens_is_the_emitters_own_and_proves_nothing(
    project: Project, folder: Path
) -> None:
    values = {"gen_ai.usage.cache_read.input_tokens": 600, "gen_ai.usage.total_tokens": 1200}
    named = span(gen_ai__response__model="claude-sonnet-4-5", **values)
    path = write_lines(folder / "traces.jsonl", request(named))
    assert usage(project, CONVENTION, path) == [("assumed to include cached",)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            # before 1.37, and OpenLLMetry
            {
                "gen_ai.system": "Anthropic",
                "llm.request.type": "chat",
                "gen_ai.request.model": "claude-sonnet-4-5",
                "gen_ai.usage.prompt_tokens": 1000,
                "gen_ai.usage.completion_tokens": 200,
                "llm.usage.total_tokens": 1200,
                "gen_ai.usage.cache_read_input_tokens": 600,
            },
            ("claude-sonnet-4-5", 1000, 600, 200, None, "anthropic"),
        ),
        (
            # OpenInference
            {
                "openinference.span.kind": "LLM",
                "llm.model_name": "gpt-4o",
                "llm.provider": "azure",
                "llm.system": "openai",
                "llm.token_count.prompt": 1000,
                "llm.token_count.completion": 200,
                "llm.token_count.total": 1200,
                "llm.token_count.prompt_details.cache_read": 600,
                "llm.cost.total": 0.0045,
            },
            ("gpt-4o", 1000, 600, 200, Decimal("0.004500"), "azure"),
        ),
        (
            # what Strands and Sentry call it
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.system": "openai",
                "gen_ai.request.model": "gpt-5.6",
                "gen_ai.usage.input_tokens": 1000,
                "gen_ai.usage.output_tokens": 200,
                "gen_ai.usage.input_tokens.cached": 600,
                "gen_ai.usage.cache_write_input_tokens": 100,
            },
            ("gpt-5.6", 1000, 600, 200, None, "openai"),
        ),
        (
            # without a provider the model tells
            {
                "gen_ai.operation.name": "generate_content",
                "gen_ai.request.model": "gemini-2.5-pro",
                "gen_ai.usage.input_tokens": 1000,
                "gen_ai.usage.output_tokens": 200,
            },
            ("gemini-2.5-pro", 1000, None, 200, None, "google"),
        ),
    ],
)
def test_other_names_of_attributes_are_read(
    project: Project, folder: Path, values: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    path = write_lines(folder / "traces.jsonl", request(span(values=values)))
    columns = "model, tokens_in, input_cached_tokens, tokens_out, cost_estimate"
    assert usage(project, columns, path) == [expected[:-1]]
    assert [row[2] for row in rows_of(project, "raw_provider.provider_keys")] == [expected[-1]]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("azure.ai.openai", "azure"),
        ("gcp.vertex_ai", "vertex_ai"),
        # as on its bill
        ("aws.bedrock", "aws"),
        ("amazon_bedrock", "aws"),
        ("x_ai", "xai"),
    ],
)
def test_a_provider_has_one_name(project: Project, folder: Path, named: str, expected: str) -> None:
    path = write_lines(folder / "traces.jsonl", request(span(gen_ai__provider__name=named)))
    assert len(usage(project, "id", path)) == 1
    assert [row[2] for row in rows_of(project, "raw_provider.provider_keys")] == [expected]


def test_what_sums_up_calls_does_not_count(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tool = {"gen_ai.operation.name": "execute_tool"}
    framework = {"gen_ai.usage.input_tokens": 2000, "gen_ai.usage.output_tokens": 400}
    path = write_lines(
        folder / "traces.jsonl",
        request(
            span("a0", kind=1, gen_ai__operation__name="invoke_agent"),
            span("a1", "a0"),
            span("a2", "a0", kind=1, values=tool),
            # an agent in a tool, by a framework that names no operation
            span("a3", "a2", kind=1, values=framework),
            span("a4", "a3"),
            # the server of the same call
            span("a5", "a4", kind="SPAN_KIND_SERVER"),
        ),
    )
    assert usage(project, "request_id", path) == [("chatcmpl-a1",), ("chatcmpl-a4",)]
    told = complaints(capsys)
    assert "otlp-spans: 2 rows left out: spans of agents, tools or servers sum up" in told
    assert "otlp-spans: 1 row left out: these calls contain another one, which counts" in told


def test_of_a_call_that_an_application_and_its_gateway_report_one_counts(
    project: Project, folder: Path
) -> None:
    values = {"http.request.method": "POST"}
    write_lines(folder / "application.jsonl", request(span("a1")))
    write_lines(
        folder / "gateway.jsonl",
        request(span("b1", "a1", kind=2, values=values), span("b2", "b1"), service="gateway"),
    )
    assert usage(project, "request_id, tags ->> 'service'", folder) == [("chatcmpl-b2", "gateway")]


@pytest.mark.parametrize("is_later", [True, False])
def test_of_copies_of_a_call_that_are_landed_one_by_one_the_most_complete_counts(
    project: Project, folder: Path, is_later: bool
) -> None:
    answered = {"gen_ai__response__id": "chatcmpl-CpX1kPqv8wZb"}
    copies = [
        span(gen_ai__usage__output_tokens=1),
        span(),
        # by an application and its gateway, which name the response
        span("a3", **answered),
        span("b3", "b0", **answered, gen_ai__usage__output_tokens=210),
    ]
    for copy in copies if is_later else reversed(copies):
        land(project, write_lines(folder / "traces.jsonl", request(copy)))
    assert usage(project, "tokens_out") == [(200,), (210,)]
    # a response is one in its trace only
    other = {**span("c3", **answered), "traceId": "c0ffee"}
    assert len(usage(project, "id", write_lines(folder / "traces.jsonl", request(other)))) == 3


def test_spans_of_other_things_say_nothing_of_usage(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = span("a2", kind=3, values={"db.system": "postgresql", "server.port": 5432})
    path = write_document(folder / "traces.json", request(query, span()))
    assert len(usage(project, "id", path)) == 1
    assert "left out" not in complaints(capsys)


def test_spans_of_other_things_alone_are_said_to_be_none_of_usage(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = span("a2", kind=3, values={"db.system": "postgresql", "server.port": 5432})
    path = write_document(folder / "traces.json", request(query, {**query, "spanId": "a3"}))
    assert usage(project, "id", path) == []
    said = "otlp-spans: no rows land, for it has 2 records, and none of them is usage"
    assert said in complaints(capsys)


def test_an_attribute_that_is_not_known_needs_no_warning(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_lines(folder / "traces.jsonl", request(span(our__own=True, at=0.5)))
    assert len(usage(project, "id", path)) == 1
    assert "unknown" not in complaints(capsys)
