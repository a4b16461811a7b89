"""Each alert reaches real receivers once when it begins and once when it ends."""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiosmtpd.controller import Controller
from refusals import refusal
from warehouses import ROOT, Warehouse

from tokenmart.alerts.rules import read_rules
from tokenmart.errors import UserError


class Inbox:
    """A mail server's handler that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.messages.append(envelope.content.decode())
        return "250 OK"


class Hook(HTTPServer):
    """A webhook that keeps what it is given, and can be told to refuse."""

    def __init__(self) -> None:
        super().__init__(("localhost", 0), Handler)
        self.texts: list[str] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}/CANARY"


class Handler(BaseHTTPRequestHandler):
    """Answers with the status of its server."""

    server: Hook

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.status == 200:
            self.server.texts.append(content["text"])
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    yield hook
    hook.shutdown()


@pytest.fixture
def inbox() -> Iterator[Controller]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Inbox(), hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    yield controller
    controller.stop()


LOG = """
import sys
with open(sys.argv[1], "a") as log:
    log.write(sys.stdin.read())
"""
QUERY = """
    select team_name, sum(usd) from spend group by 1 order by 1
"""


def write(warehouse: Warehouse, hook: Hook, inbox: Controller) -> Path:
    rules = warehouse.folder / "alerts.yml"
    content = {
        "channels": {
            "slack": {"webhook": "{{ env_var('HOOK') }}"},
            "finance": {
                **{"email": ["a@example.com"], "from": "b@example.com"},
                **{"host": "127.0.0.1", "port": inbox.port, "starttls": False},
            },
            "log": {"command": [sys.executable, "-c", LOG, str(warehouse.folder / "log")]},
        },
        "rules": [
            {"name": "Late", "measure": "source_age_hours", "above": 48, "of": "voice"},
            {"name": "Failed", "measure": "build_failed", "above": 0},
            {"name": "Spend", "query": QUERY, "above": 1000.5, "send_to": ["finance", "log"]},
        ],
    }
    rules.write_text(yaml.safe_dump(content), encoding="utf-8")
    return rules


def test_an_alert_is_sent_once_until_it_ends(
    copy_of_sample: Warehouse, hook: Hook, inbox: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, mails = copy_of_sample, inbox.handler.messages
    rules = write(warehouse, hook, inbox)
    monkeypatch.setenv("HOOK", hook.url)
    warehouse.execute(
        "create table spend as select unnest(['a', 'b', 'c']) as team_name,"
        " unnest([1000.5, 1000.6, null]) as usd"
    )

    def run(*arguments: str) -> str:
        result = warehouse.tokenmart("alert", "--rules", str(rules), *arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout

    log = warehouse.folder / "log"
    assert "For slack" in run("--dry-run")
    assert not hook.texts and not mails and not log.exists()

    run()
    (text,) = hook.texts
    assert text.startswith("Late (voice): ") and text.endswith(" is above 48")
    (mail,) = mails
    assert "Subject: tokenmart: Late (voice)" in mail and "and 1 more" in mail
    assert "Spend (b): 1,000.6 is above 1,000.5" in mail
    assert len(log.read_text().splitlines()) == 2

    # nothing has changed but the figure
    warehouse.execute("update spend set usd = 2000 where team_name = 'b'")
    run()
    assert (len(hook.texts), len(mails)) == (1, 1)

    warehouse.execute("update spend set usd = 2000 - usd")
    found = json.loads(run("--json"))
    assert found["sent"] == {"finance": ["Resolved: Spend (b)"], "log": ["Resolved: Spend (b)"]}
    assert (len(hook.texts), len(mails)) == (1, 2)

    # what ended may begin again
    warehouse.execute("update spend set usd = 3000 where team_name = 'a'")
    run()
    assert "Spend (a): 3,000 is above 1,000.5" in mails[2]


def test_what_a_channel_refuses_is_sent_by_the_next_run(
    copy_of_sample: Warehouse, hook: Hook, inbox: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, rules = copy_of_sample, write(copy_of_sample, hook, inbox)
    warehouse.execute("create table spend as select 'a' as team_name, 1 as usd")
    monkeypatch.setenv("HOOK", hook.url)
    hook.status = 500
    result = warehouse.tokenmart("alert", "--rules", str(rules))
    assert result.returncode == 2
    assert (
        "Not sent to slack: the webhook answered 500 Internal Server Error. The next run tries "
        "again." in refusal(result)
    )
    assert "CANARY" not in result.stdout + result.stderr
    assert len(inbox.handler.messages) == 1

    hook.status = 200
    assert warehouse.tokenmart("alert", "--rules", str(rules)).returncode == 0
    assert (len(hook.texts), len(inbox.handler.messages)) == (1, 1)


UNREACHABLE = {
    "webhook": ({"webhook": "http://localhost:1/CANARY"}, "the webhook cannot be reached"),
    "mail": (
        {"email": ["a@b.c"], "from": "d@e.f", "host": "localhost", "port": 1},
        "the mail server localhost did not take it",
    ),
    "command": ({"command": ["/no/such/program"]}, "the command did not run"),
    "failing command": ({"command": ["false"]}, "the command ended with exit status 1"),
}


@pytest.mark.parametrize(("channel", "sentence"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_a_channel_that_cannot_be_reached_is_a_sentence(
    copy_of_sample: Warehouse, channel: dict[str, Any], sentence: str
) -> None:
    rules = copy_of_sample.folder / "alerts.yml"
    rule = {"name": "Late", "measure": "source_age_hours", "above": 48}
    rules.write_text(yaml.safe_dump({"channels": {"it": channel}, "rules": [rule]}))
    result = copy_of_sample.tokenmart("alert", "--rules", str(rules))
    assert f"Not sent to it: {sentence}" in refusal(result)
    assert "CANARY" not in result.stderr


CHANNELS = {"it": {"command": ["true"]}}
RULE = {"name": "r", "measure": "build_failed", "above": 0}
WRONG: dict[str, tuple[Any, str]] = {
    "nothing": ({}, "channels must have at least one"),
    "another part": ({"alerts": []}, "alerts is not known; it has rules and channels"),
    "no rule": ({"channels": CHANNELS}, "rules must be a list with at least one rule"),
    "a channel of text": ({"channels": {"it": "x"}}, "channel it needs a webhook, an email or a c"),
    "a channel of nothing": ({"channels": {"it": {"url": "x"}}}, "needs one of webhook, email, co"),
    "a channel of two": (
        {"channels": {"it": {"command": ["x"], "webhook": "http://x"}}},
        "needs one of webhook, email, command",
    ),
    "no URL": ({"channels": {"it": {"webhook": "slack"}}}, "must be a URL that begins with https"),
    "no host": ({"channels": {"it": {"email": ["a"]}}}, "email needs the host, the port and the"),
    "no list": ({"channels": {"it": {"command": "rm -rf"}}}, "command must be a list"),
    "an unset variable": (
        {"channels": {"it": {"webhook": "{{ env_var('NO_SUCH') }}"}}},
        "alerts.yml, it.webhook asks for the environment variable NO_SUCH, which is not set",
    ),
    "no name": ({"channels": CHANNELS, "rules": [{"measure": "x"}]}, "rule 1 has no name"),
    "a measure unknown": (
        {"channels": CHANNELS, "rules": [RULE | {"measure": "sadness"}]},
        "rule 1: sadness is no measure; they are step_failed",
    ),
    "two figures": (
        {"channels": CHANNELS, "rules": [RULE | {"query": "select 1"}]},
        "give a measure or a query, and not both",
    ),
    "two limits": (
        {"channels": CHANNELS, "rules": [RULE | {"below": 1}]},
        "say above or below which number it alerts, and not both",
    ),
    "no number": (
        {"channels": CHANNELS, "rules": [RULE | {"above": "much"}]},
        "above must be a number, not much",
    ),
    "an unknown key": (
        {"channels": CHANNELS, "rules": [RULE | {"over": 1}]},
        "over is not known; a rule has above, below",
    ),
    "an unknown channel": (
        {"channels": CHANNELS, "rules": [RULE | {"send_to": ["her"]}]},
        "send_to must be a list of channels; they are it",
    ),
    "a name twice": ({"channels": CHANNELS, "rules": [RULE, RULE]}, "two rules named r"),
}


@pytest.mark.parametrize(("content", "sentence"), WRONG.values(), ids=WRONG)
def test_wrong_rules_are_a_sentence(tmp_path: Path, content: Any, sentence: str) -> None:
    path = tmp_path / "alerts.yml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(UserError) as refused:
        read_rules(path)
    assert sentence in str(refused.value)


def test_queries_and_files_that_are_wrong_are_a_sentence(copy_of_sample: Warehouse) -> None:
    rules = copy_of_sample.folder / "alerts.yml"

    def said(query: str) -> str:
        rule = {"name": "r", "query": query, "above": 0}
        rules.write_text(yaml.safe_dump({"channels": CHANNELS, "rules": [rule]}))
        return refusal(copy_of_sample.tokenmart("alert", "--rules", str(rules)))

    assert "The rule r: the last column of its query must be a number, not x" in said("select 'x'")
    assert "no_such_table does not exist" in said("select 1 from no_such_table")
    (copy_of_sample.folder / "alerts.state.json").write_text("[]")
    assert "alerts.state.json is damaged: delete it" in said("select 1")
    rules.unlink()
    assert "write one like alerts.yml.example" in refusal(
        copy_of_sample.tokenmart("alert", "--rules", str(rules))
    )


def test_the_example_is_read_and_its_queries_run(
    copy_of_sample: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "https://example.com/hook")
    monkeypatch.setenv("SMTP_PASSWORD", "secret")
    example = str(ROOT / "alerts.yml.example")
    state = str(copy_of_sample.folder / "state.json")
    result = copy_of_sample.tokenmart("alert", "--dry-run", "--rules", example, "--state", state)
    assert result.returncode == 0, result.stderr
    assert "A source is late (provider)" in result.stdout
