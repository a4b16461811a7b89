"""The files of coding agents: each trap of Claude Code's, Codex CLI's and Cursor's."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from exported import bill, rows_of, usage, write_csv, write_lines

from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.project import Project

CLASSES = "tokens_in, input_uncached_tokens, input_cached_tokens, input_cache_write_tokens"


def complaints(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


def providers(project: Project) -> list[Any]:
    return sorted(row[2] for row in rows_of(project, "raw_provider.provider_keys"))


# Claude Code


def counts(**members: Any) -> dict[str, Any]:
    """The usage of a message of Claude's API."""
    return {
        "input_tokens": 10,
        "cache_creation_input_tokens": 300,
        "cache_read_input_tokens": 5000,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
        "output_tokens": 80,
        "service_tier": "standard",
        **members,
    }


def said(message: str | None = "msg_01", *, output: int = 80, **members: Any) -> dict[str, Any]:
    """A line of a session file that a response of the API makes."""
    line = {
        "parentUuid": "u0",
        "isSidechain": False,
        "userType": "external",
        "cwd": "/home/ines/work/search",
        "sessionId": "session-1",
        "version": "2.0.14",
        "gitBranch": "main",
        "type": "assistant",
        "uuid": f"u-{message}-{output}",
        "timestamp": "2025-12-01T10:00:00.250Z",
        "requestId": f"req_{message}",
        "message": {
            "id": message,
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-4-5-20250929",
            "content": [{"type": "text", "text": "…"}],
            "usage": counts(output_tokens=output),
        },
    }
    changes = {name: members.pop(name) for name in ("model", "usage") if name in members}
    return {**line, **members, "message": {**line["message"], **changes}}


def asked() -> dict[str, Any]:
    line = said("msg_00")
    return {**line, "type": "user", "message": {"role": "user", "content": "How?"}}


def test_web_searches_are_a_row_of_their_own(project: Project, folder: Path) -> None:
    searched = counts(server_tool_use={"web_search_requests": 2})
    path = write_lines(folder / "session-1.jsonl", said(usage=searched), said(usage=searched))
    columns = "tokens_out, quantity, quantity_unit"
    assert usage(project, columns, path) == [(80, None, None), (None, 2, "requests")]


def test_a_message_counts_what_was_cached_and_written(project: Project, folder: Path) -> None:
    path = write_lines(folder / "-home-ines-work-search" / "session-1.jsonl", asked(), said())
    columns = (
        f"{CLASSES}, input_cache_write_5m_tokens, input_cache_write_1h_tokens, tokens_out, "
        'project_id, session_id, request_id, service_tier, "timestamp"::varchar'
    )
    assert usage(project, columns, path) == [
        (
            *(5310, 10, 5000, 300, 100, 200, 80, "search", "session-1", "req_msg_01", "standard"),
            "2025-12-01 10:00:00.25",
        )
    ]
    assert providers(project) == ["anthropic"]


def test_a_message_that_is_written_several_times_counts_once(
    project: Project, folder: Path
) -> None:
    lines = [said(output=output) for output in (1, 1, 37, 80)]
    path = write_lines(folder / "session-1.jsonl", asked(), *lines, said("msg_02", output=5))
    assert usage(project, "tokens_out", path) == [(5,), (80,)]


def test_a_resumed_session_copies_messages_into_a_new_file(project: Project, folder: Path) -> None:
    write_lines(folder / "session-1.jsonl", said(), said("msg_02"))
    copied = [said(sessionId="session-2"), said("msg_02", sessionId="session-2")]
    write_lines(folder / "session-2.jsonl", *copied, said("msg_03", sessionId="session-2"))
    assert len(usage(project, "id", folder)) == 3
    before = rows_of(project, "raw_provider.usage_events")
    land(project, folder)
    assert rows_of(project, "raw_provider.usage_events") == before


@pytest.mark.parametrize(
    "copies",
    [
        # before the message was complete
        [said(output=1), said(output=80)],
        # a side question's, even if it says more
        [said(requestId="req_other", isSidechain=True, output=90), said(output=80)],
    ],
)
@pytest.mark.parametrize("is_later", [True, False])
def test_of_copies_that_are_landed_one_by_one_the_best_counts(
    project: Project, folder: Path, copies: list[dict[str, Any]], is_later: bool
) -> None:
    searched = {"server_tool_use": {"web_search_requests": 2}}
    for copy in copies:
        copy["message"]["usage"].update(searched)
    for copy in copies if is_later else reversed(copies):
        land(project, write_lines(folder / "session-1.jsonl", copy))
    columns = "request_id, tokens_out, quantity, tags"
    assert usage(project, columns) == [
        ("req_msg_01", 80, None, None),
        ("req_msg_01", None, 2, None),
    ]


def test_a_side_question_replays_messages_under_another_request(
    project: Project, folder: Path
) -> None:
    replayed = said(requestId="req_other", isSidechain=True, output=80)
    write_lines(folder / "session-1" / "subagents" / "agent-a1.jsonl", replayed)
    write_lines(folder / "session-1.jsonl", said())
    assert usage(project, "request_id, tags", folder) == [("req_msg_01", None)]


def test_a_subagent_has_messages_of_its_own(project: Project, folder: Path) -> None:
    own = said("msg_02", isSidechain=True, agentId="a1")
    write_lines(folder / "session-1" / "subagents" / "agent-a1.jsonl", own)
    # what the parent's file says of them sums them up, or repeats them
    result = {"totalTokens": 5390, "usage": counts()}
    progress = {"type": "agent_progress", "message": own}
    write_lines(
        folder / "session-1.jsonl",
        said(),
        {**asked(), "toolUseResult": result},
        {**asked(), "type": "progress", "data": progress, "message": None},
    )
    assert usage(project, "request_id, tags ->> 'sidechain'", folder) == [
        ("req_msg_01", None),
        ("req_msg_02", "true"),
    ]


def test_a_synthetic_message_used_no_model(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made_up = said("0b1f", model="<synthetic>", usage=counts(), isApiErrorMessage=True)
    path = write_lines(folder / "session-1.jsonl", said(), made_up)
    assert len(usage(project, "id", path)) == 1
    assert "claude-code: 1 row left out: they are messages of Claude Code itself" in complaints(
        capsys
    )


def test_a_file_without_messages_is_no_surprise(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lines(folder / "s0.jsonl", {"type": "summary", "summary": "…", "leafUuid": "u1"})
    write_lines(folder / "s1.jsonl", said())
    assert len(usage(project, "id", folder)) == 1
    assert "warning" not in complaints(capsys)


def test_lines_of_old_versions_have_a_cost_and_no_ids(project: Project, folder: Path) -> None:
    old = said(None, costUSD=0.0123, requestId=None)
    old["message"]["usage"] = counts(cache_creation=None, cache_read_input_tokens=0)
    path = write_lines(folder / "session-1.jsonl", old, {**old, "uuid": "another"})
    written = "input_cache_write_5m_tokens, input_cache_write_1h_tokens"
    assert (
        usage(project, f"{CLASSES}, {written}, cost_estimate", path)
        == [(310, 10, 0, 300, 0, 0, Decimal("0.012300"))] * 2
    )


@pytest.mark.parametrize(
    ("cwd", "expected"),
    [
        ("/home/ines/work/search/", "search"),
        ("/srv/app", "app"),
        ("C:\\Users\\Ines\\work\\search", "search"),
        # a home names its owner
        ("/home/ines", None),
        ("/Users/ines/", None),
        ("C:\\Users\\Ines", None),
    ],
)
def test_of_a_folder_only_the_last_part_is_kept(
    project: Project, folder: Path, cwd: str, expected: str | None
) -> None:
    path = write_lines(folder / "session-1.jsonl", said(cwd=cwd))
    assert usage(project, "project_id", path) == [(expected,)]


@pytest.mark.parametrize(
    ("model", "expected"),
    [("gpt-5.1", "openai"), ("deepseek-chat", "deepseek"), ("glm-4.6", "anthropic")],
)
def test_a_router_serves_models_of_other_makers(
    project: Project, folder: Path, model: str, expected: str
) -> None:
    path = write_lines(folder / "session-1.jsonl", said(model=model))
    assert usage(project, "model", path) == [(model,)]
    assert providers(project) == [expected]


def test_fast_requests_are_marked(project: Project, folder: Path) -> None:
    fast = said(usage=counts(speed="fast"))
    path = write_lines(folder / "session-1.jsonl", fast, said("msg_02"))
    assert usage(project, "tags ->> 'speed'", path) == [("fast",), (None,)]


def test_a_line_that_was_not_written_to_its_end_is_left_out(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_lines(folder / "session-1.jsonl", asked(), said())
    with path.open("a") as file:
        file.write('{"type": "assistant", "mess')
    assert len(usage(project, "id", path)) == 1
    assert "claude-code: 1 line is left out, not being JSON" in complaints(capsys)


# Codex CLI


def used(total: int, cached: int = 0, output: int = 0) -> dict[str, int]:
    return {
        "input_tokens": total,
        "cached_input_tokens": cached,
        "output_tokens": output,
        "reasoning_output_tokens": output // 2,
        "total_tokens": total + output,
    }


def line(kind: str, at: str, **payload: Any) -> dict[str, Any]:
    return {"timestamp": f"2025-12-01T{at}.500Z", "type": kind, "payload": payload}


def session(name: str = "s1", at: str = "10:00:00", **members: Any) -> dict[str, Any]:
    meta = {"id": name, "cwd": "/home/ines/work/search", "originator": "codex_cli_rs"}
    return line("session_meta", at, **meta, **members)


def turn(model: str = "gpt-5.1-codex", at: str = "10:00:01") -> dict[str, Any]:
    return line("turn_context", at, model=model, cwd="/home/ines/work/search")


def counted(at: str, total: Any, last: Any) -> dict[str, Any]:
    info = {"total_token_usage": total, "last_token_usage": last, "model_context_window": 272000}
    return line("event_msg", at, type="token_count", info=info, rate_limits=None)


FIRST = counted("10:00:05", used(1000, 200, 100), used(1000, 200, 100))
SECOND = counted("10:00:09", used(3000, 1700, 150), used(2000, 1500, 50))

STEPS = "tokens_in, input_cached_tokens, tokens_out"


def test_a_session_adds_up_to_its_last_total(project: Project, folder: Path) -> None:
    other = line("event_msg", "10:00:04", type="agent_message", message="…")
    limits = line("event_msg", "10:00:02", type="token_count", info=None, rate_limits={})
    item = line("response_item", "10:00:03", type="message", role="assistant", content=[])
    path = write_lines(
        folder / "2025/12/01/rollout-2025-12-01T10-00-00-s1.jsonl",
        *(session(), turn(), limits, item, other, FIRST),
        # repeated without a change, as when the limits are told again
        *(counted("10:00:06", used(1000, 200, 100), used(1000, 200, 100)), SECOND),
    )
    columns = f'{STEPS}, model, project_id, session_id, "timestamp"::varchar'
    about = ("gpt-5.1-codex", "search", "s1")
    assert usage(project, columns, path) == [
        (1000, 200, 100, *about, "2025-12-01 10:00:05.5"),
        (2000, 1500, 50, *about, "2025-12-01 10:00:09.5"),
    ]
    assert providers(project) == ["openai"]


def test_a_turn_names_the_model_of_the_events_after_it(project: Project, folder: Path) -> None:
    path = write_lines(
        folder / "rollout-s1.jsonl",
        session(),
        turn("gpt-5.1"),
        FIRST,
        turn("gpt-5.1-codex"),
        SECOND,
    )
    assert usage(project, "model, tokens_in", path) == [("gpt-5.1", 1000), ("gpt-5.1-codex", 2000)]


def test_settings_change_the_model_within_a_turn(project: Project, folder: Path) -> None:
    settings = {"type": "thread_settings_applied", "thread_settings": {"model": "gpt-5.1-codex"}}
    path = write_lines(
        folder / "rollout-s1.jsonl",
        *(session(), turn("gpt-5.1"), FIRST, line("event_msg", "10:00:07", **settings), SECOND),
    )
    assert usage(project, "model, tokens_in", path) == [("gpt-5.1", 1000), ("gpt-5.1-codex", 2000)]


def test_another_provider_is_named_by_the_session(project: Project, folder: Path) -> None:
    path = write_lines(
        folder / "rollout-s1.jsonl", session(model_provider="ollama"), turn("gpt-oss:20b"), FIRST
    )
    assert usage(project, "model", path) == [("gpt-oss:20b",)]
    assert providers(project) == ["ollama"]


def test_an_event_without_the_event_before_it_adds_what_the_total_has_gained(
    project: Project, folder: Path
) -> None:
    lost = counted("10:00:20", used(9000, 4000, 900), used(1000, 0, 100))
    path = write_lines(folder / "rollout-s1.jsonl", session(), turn(), FIRST, lost)
    assert usage(project, STEPS, path) == [(1000, 200, 100), (8000, 3800, 800)]


def test_a_total_that_falls_has_started_over(project: Project, folder: Path) -> None:
    nothing = {**used(0), "total_tokens": 272000}
    full = counted("10:00:15", nothing, {**used(0), "total_tokens": 268850})
    again = counted("10:00:20", used(700, 0, 70), used(700, 0, 70))
    path = write_lines(folder / "rollout-s1.jsonl", session(), turn(), FIRST, SECOND, full, again)
    assert usage(project, STEPS, path) == [(700, 0, 70), (1000, 200, 100), (2000, 1500, 50)]


def test_a_first_total_may_hold_what_other_files_report(project: Project, folder: Path) -> None:
    path = write_lines(folder / "rollout-s1.jsonl", session(), turn(), SECOND)
    assert usage(project, STEPS, path) == [(2000, 1500, 50)]


def test_events_may_lack_one_of_the_two(project: Project, folder: Path) -> None:
    path = write_lines(
        folder / "rollout-s1.jsonl",
        *(session(), turn()),
        counted("10:00:05", used(1000, 200, 100), None),
        counted("10:00:07", None, used(500, 0, 5)),
        counted("10:00:09", used(3000, 1700, 150), None),
    )
    assert usage(project, STEPS, path) == [(500, 0, 5), (1000, 200, 100), (2000, 1500, 50)]


def test_what_was_written_to_a_cache_is_part_of_the_input(project: Project, folder: Path) -> None:
    written = {**used(1000, 200, 100), "cache_write_input_tokens": 300}
    path = write_lines(
        folder / "rollout-s1.jsonl", session(), turn(), counted("10:00:05", written, written)
    )
    assert usage(project, CLASSES, path) == [(1000, 500, 200, 300)]


def forked(child: str, parent: str, at: str, *own: dict[str, Any]) -> list[dict[str, Any]]:
    """A fork: the parent's events at the time of the fork, then what the fork used."""
    copies = [{**each, "timestamp": f"2025-12-02T{at}.000Z"} for each in (FIRST, SECOND)]
    return [session(child, at, forked_from_id=parent), session(parent), turn(), *copies, *own]


def test_a_fork_replays_its_parents_events_at_new_times(project: Project, folder: Path) -> None:
    write_lines(folder / "rollout-s1.jsonl", session(), turn(), FIRST, SECOND)
    own = counted("12:00:00", used(3500, 1700, 160), used(500, 0, 10))
    write_lines(folder / "rollout-s2.jsonl", *forked("s2", "s1", "11:30:00", own))
    # a fork of the fork, which has used the same as the fork itself by then
    last = counted("13:00:00", used(3900, 1700, 170), used(400, 0, 10))
    grandchild = [session("s3", "12:30:00", forked_from_id="s2")]
    write_lines(
        folder / "rollout-s3.jsonl", *grandchild, *forked("s2", "s1", "12:30:00", own, last)
    )
    assert usage(project, f'"timestamp"::varchar, session_id, {STEPS}', folder) == [
        ("2025-12-01 10:00:05.5", "s1", 1000, 200, 100),
        ("2025-12-01 10:00:09.5", "s1", 2000, 1500, 50),
        ("2025-12-01 12:00:00.5", "s2", 500, 0, 10),
        ("2025-12-01 13:00:00.5", "s3", 400, 0, 10),
    ]
    before = rows_of(project, "raw_provider.usage_events")
    land(project, folder)
    assert rows_of(project, "raw_provider.usage_events") == before


@pytest.mark.parametrize("is_later", [True, False])
def test_a_fork_that_is_landed_by_itself_leaves_its_parents_events_where_they_were(
    project: Project, folder: Path, is_later: bool
) -> None:
    own = counted("12:00:00", used(3500, 1700, 160), used(500, 0, 10))
    files = [
        write_lines(folder / "rollout-s2.jsonl", *forked("s2", "s1", "11:30:00", own)),
        write_lines(folder / "rollout-s1.jsonl", session(), turn(), FIRST, SECOND),
    ]
    for path in files if is_later else reversed(files):
        land(project, path)
    assert usage(project, f'"timestamp"::varchar, session_id, {STEPS}') == [
        ("2025-12-01 10:00:05.5", "s1", 1000, 200, 100),
        ("2025-12-01 10:00:09.5", "s1", 2000, 1500, 50),
        ("2025-12-01 12:00:00.5", "s2", 500, 0, 10),
    ]


def test_sessions_that_happen_to_use_the_same_both_count(project: Project, folder: Path) -> None:
    for name in ("s1", "s2"):
        write_lines(folder / f"rollout-{name}.jsonl", session(name), turn(), FIRST)
    assert usage(project, "session_id, tokens_in", folder) == [("s1", 1000), ("s2", 1000)]


def test_the_files_of_two_agents_land_together(project: Project, folder: Path) -> None:
    write_lines(folder / "claude" / "session-1.jsonl", asked(), said())
    write_lines(folder / "codex" / "rollout-s1.jsonl", session(), turn(), FIRST)
    later = event(at="2025-12-02T10:00:00.000Z")
    write_csv(folder / "cursor" / "usage.csv", HEADER, later)
    formats = [("claude-code",), ("codex-cli",), ("cursor",)]
    assert usage(project, "reported_by", folder) == formats
    # the key of a provider is one, whatever reports its usage
    assert providers(project) == ["anthropic", "openai"]


# Cursor

HEADER = (
    "Date,User,Cloud Agent ID,Automation ID,Kind,Model,Max Mode,Input (w/ Cache Write),"
    "Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost"
)


def event(
    model: str = "claude-4.5-sonnet",
    *,
    at: str = "2025-12-01T14:19:26.869Z",
    tokens: str = "1600,20,18000,1500,21120",
    kind: str = "On-Demand",
    cost: str = "0.33",
    max_mode: str = "No",
) -> str:
    return f'"{at}","i@example.com","","","{kind}","{model}","{max_mode}",{tokens},"{cost}"'


def test_the_classes_of_cursor_add_up_to_its_total(project: Project, folder: Path) -> None:
    path = write_csv(folder / "usage-events-2025-12-01.csv", HEADER, event())
    columns = f'{CLASSES}, tokens_out, cost_estimate, openai_user_id, "timestamp"::varchar'
    assert usage(project, columns, path) == [
        (
            *(19620, 20, 18000, 1600, 1500, Decimal("0.330000"), "i@example.com"),
            "2025-12-01 14:19:26.869",
        )
    ]


def test_an_input_that_includes_the_other_is_seen_by_the_total(
    project: Project, folder: Path
) -> None:
    path = write_csv(folder / "usage.csv", HEADER, event(tokens='"1,600",1000,18000,1500,21100'))
    assert usage(project, CLASSES, path) == [(19600, 1000, 18000, 600)]


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        ("$0.04", Decimal("0.040000")),
        ("0", Decimal("0.000000")),
        ("Included", None),
        ("Free", None),
        ("-", None),
        ("", None),
        ("EUR 0,04", None),
    ],
)
def test_a_cost_may_be_a_word(
    project: Project, folder: Path, cost: str, expected: Decimal | None
) -> None:
    path = write_csv(folder / "usage.csv", HEADER, event(cost=cost, kind="Included"))
    assert usage(project, "cost_estimate, tags ->> 'kind'", path) == [(expected, "Included")]


def test_a_cost_with_a_decimal_comma_is_refused(project: Project, folder: Path) -> None:
    path = write_csv(folder / "usage.csv", HEADER, event(cost="1,234"), event(cost="0,33"))
    with pytest.raises(UserError) as refusal:
        land(project, path)
    assert str(refusal.value) == (
        "usage.csv, row 2, column Cost, cannot be read as the usage events of Cursor's dashboard: "
        "Invalid Input Error: Could not convert string '0,33' to a number; write decimal numbers "
        "with a point."
    )


def test_an_error_without_tokens_is_left_out(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = event(tokens="0,0,0,0,0", kind="Errored, No Charge", cost="-")
    path = write_csv(folder / "usage.csv", HEADER, event(), nothing)
    assert len(usage(project, "id", path)) == 1
    assert "cursor: 1 row left out: these requests used no tokens" in complaints(capsys)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("claude-4.6-sonnet-medium-thinking", ("claude-sonnet-4.6", "anthropic")),
        ("gpt-5.1-codex-max-high", ("gpt-5.1-codex-max", "openai")),
        ("claude-4-opus", ("claude-opus-4", "anthropic")),
        ("claude-3.5-sonnet", ("claude-3.5-sonnet", "anthropic")),
        ("o3", ("o3", "openai")),
        ("gemini-2.5-pro", ("gemini-2.5-pro", "google")),
        ("grok-4", ("grok-4", "x-ai")),
        ("auto", ("auto", "cursor")),
        ("composer-1", ("composer-1", "cursor")),
        # a name that begins like one of theirs is not theirs
        ("gptx-1", ("gptx-1", "cursor")),
    ],
)
def test_the_maker_is_known_by_the_model(
    project: Project, folder: Path, model: str, expected: tuple[str, str]
) -> None:
    path = write_csv(folder / "usage.csv", HEADER, event(model))
    named = model if model != expected[0] else None
    assert usage(project, "model, tags ->> 'model'", path) == [(expected[0], named)]
    assert providers(project) == [expected[1]]


def test_two_equal_events_of_one_file_both_count_and_a_file_again_does_not(
    project: Project, folder: Path
) -> None:
    later = event(at="2025-12-01T15:00:00.000Z")
    write_csv(folder / "usage.csv", HEADER, event(), event(), event("gpt-5.1"))
    write_csv(folder / "usage (1).csv", HEADER, event(), event(), event("gpt-5.1"), later)
    assert len(usage(project, "id", folder)) == 4


def test_earlier_revisions_have_fewer_columns(project: Project, folder: Path) -> None:
    path = write_csv(
        folder / "usage.csv",
        "Date,Model,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,"
        "Total Tokens,Cost ($),Cost to you",
        "2025-08-01 14:19:26,gpt-5,0,200,600,50,850,$0.01,0",
        ",,,,,,,,",
    )
    assert usage(project, f'"timestamp"::varchar, cost_estimate, {CLASSES}', path) == [
        ("2025-08-01 14:19:26", Decimal("0.010000"), 800, 200, 600, 0)
    ]


COPILOT = (
    "date,username,product,sku,model,quantity,unit_type,net_amount,organization,repository,"
    "cost_center_name"
)
CREDITS = "copilot,copilot_ai_credit"


def copilot(path: Path, *rows: str, columns: str = "input,output,cache_read,cache_write") -> Path:
    return write_csv(path, f"{COPILOT},{columns}" if columns else COPILOT, *rows)


def test_the_tokens_of_copilot_are_beside_each_other_and_each_user_pays_for_their_own(
    project: Project, folder: Path
) -> None:
    path = copilot(
        folder / "report.csv",
        f"2026-10-01,noor,{CREDITS},Auto: Claude Haiku 4.5,16.44,ai-credits,0.0644,acme,,Support,"
        "1000,200,50000,10",
        f"2026-10-01,sam,{CREDITS},GPT-5.4,20,ai-credits,0.2,acme,acme/shop,,2000,300,,0",
    )
    columns = "model, tokens_in, input_cached_tokens, input_cache_write_tokens, tokens_out"
    about = "window_end::varchar, quantity, openai_user_id, project_id, team_id, tags::varchar"
    day = "2026-10-02 00:00:00"
    sku = '{"sku":"copilot_ai_credit"}'
    tags = '{"sku":"copilot_ai_credit","repository":"acme/shop"}'
    assert usage(project, f"{columns}, {about}", path) == [
        ("claude-haiku-4.5", 51010, 50000, 10, 200, day, None, "noor", "acme", "Support", sku),
        ("gpt-5.4", 2000, None, 0, 300, day, None, "sam", "acme", None, tags),
    ]
    assert bill(project, "api_key_id, line_item, amount_usd, quantity") == [
        ("noor", "Claude Haiku 4.5", Decimal("0.0644"), Decimal("16.44")),
        ("sam", "GPT-5.4", Decimal("0.2"), Decimal(20)),
    ]


def test_premium_requests_of_copilot_are_no_tokens(project: Project, folder: Path) -> None:
    row = "copilot,copilot_premium_request,Code Review model,3.6,requests,0.144,acme,,"
    path = copilot(folder / "report.csv", f"2026-03-01,noor,{row}", columns="")
    assert usage(project, "model, tokens_in, tokens_out, quantity, quantity_unit", path) == [
        ("code-review-model", None, None, Decimal("3.6"), "requests")
    ]


def test_a_later_report_of_copilot_has_the_days_that_went_on(
    project: Project, folder: Path
) -> None:
    row = f"2026-10-01,noor,{CREDITS},GPT-5.4,{{}},ai-credits,{{}},acme,,,{{}},10,0,0"
    same = row.format(1, "0.01", 100)
    copilot(folder / "early.csv", same, same)
    assert usage(project, "tokens_in", folder / "early.csv") == [(100,), (100,)]
    late = copilot(folder / "late.csv", row.format(2, "0.02", 200), same)
    assert usage(project, "tokens_in", late) == [(100,), (200,)]
    assert bill(project, "sum(amount_usd)") == [(Decimal("0.03"),)]


def test_rows_of_copilot_below_and_above_the_quota_are_two(project: Project, folder: Path) -> None:
    row = f"2026-10-01,noor,{CREDITS},GPT-5.4,1,ai-credits,{{}},acme,,,{{}},{{}},0"
    columns = "exceeds_quota,input,output"
    early = [row.format("0.02", "False", 2), row.format("0.10", "True", 10)]
    late = [row.format("0.03", "False", 3), row.format("0.30", "True", 30)]
    usage(project, "*", copilot(folder / "early.csv", *early, columns=columns))
    path = copilot(folder / "late.csv", *late, columns=columns)
    assert usage(project, "tokens_in, cost_estimate", path) == [
        (3, Decimal("0.03")),
        (30, Decimal("0.3")),
    ]


def test_a_report_of_copilot_that_was_corrected_downwards_counts(
    project: Project, folder: Path
) -> None:
    row = f"2026-10-01,noor,{CREDITS},GPT-5.4,1,ai-credits,{{}},acme,,,{{}},10,0,0"
    usage(project, "*", copilot(folder / "early.csv", row.format("0.2", 2000)))
    late = copilot(folder / "late.csv", row.format("0.1", 1000))
    assert usage(project, "tokens_in, cost_estimate", late) == [(1000, Decimal("0.1"))]
    assert bill(project, "amount_usd") == [(Decimal("0.1"),)]


def test_what_copilot_says_of_nobody_is_a_line_of_its_own(project: Project, folder: Path) -> None:
    row = f"2026-10-01,,{CREDITS},,1,ai-credits,7,,,"
    path = copilot(folder / "report.csv", row, columns="")
    columns = "model, openai_user_id, openai_api_key_id, project_id"
    nobody = ("(no user)", "(no organization)")
    assert usage(project, columns, path) == [("copilot-ai-credit", None, *nobody)]
    assert bill(project, "line_item, api_key_id, project_id, amount_usd") == [
        ("copilot_ai_credit", *nobody, Decimal(7))
    ]
