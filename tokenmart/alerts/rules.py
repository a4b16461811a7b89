"""What to alert of: rules in YAML, over the measures of ``tokenmart status`` or over queries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from tokenmart.alerts.channels import Channel, channel_of
from tokenmart.errors import UserError
from tokenmart.project import read_yaml, render
from tokenmart.status import MEASURES, Status
from tokenmart.warehouse import Session

STEP_FAILED = "step_failed"
KNOWN = (STEP_FAILED, *MEASURES)
"""The measures that a rule may be about."""

_RULE = {"name", "measure", "query", "above", "below", "of", "send_to"}


@dataclass(frozen=True)
class Rule:
    """A figure and its limit."""

    name: str
    measure: str | None
    query: str | None
    """SQL whose last column is the figure; the columns before it say what it is of."""

    above: Decimal | None
    below: Decimal | None
    of: str | None
    """Of what alone, such as a source; none for whatever has the figure."""

    send_to: tuple[str, ...]


@dataclass(frozen=True)
class Alert:
    """A rule that holds, for one of the things that it is about."""

    rule: Rule
    subject: str
    value: Decimal

    @property
    def key(self) -> str:
        return f"{self.rule.name} ({self.subject})" if self.subject else self.rule.name

    def __str__(self) -> str:
        side, limit = (
            ("above", self.rule.above)
            if self.rule.above is not None
            else ("below", self.rule.below)
        )
        return f"{self.key}: {_plain(self.value)} is {side} {_plain(Decimal(limit or 0))}"


def read_rules(path: Path) -> tuple[list[Rule], dict[str, Channel]]:
    """The rules of a file, and the channels that it sends to."""
    if not path.is_file():
        raise UserError(
            f"There is no file {path} with rules: write one like alerts.yml.example, or name it "
            "with --rules."
        )
    content = read_yaml(path)
    if unknown := content.keys() - {"rules", "channels"}:
        raise UserError(f"{path}: {min(unknown)} is not known; it has rules and channels.")
    channels = {
        str(name): channel_of(f"{path}, channel {name}", render(settings, f"{path}, {name}"))
        for name, settings in _mapping(content.get("channels"), f"{path}: channels").items()
    }
    rules = content.get("rules") or []
    if not isinstance(rules, list) or not rules:
        raise UserError(f"{path}: rules must be a list with at least one rule.")
    found = [_rule(f"{path}, rule {n}", each, channels) for n, each in enumerate(rules, start=1)]
    names = [rule.name for rule in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UserError(f"{path} has two rules named {twice}: name them apart.")
    return found, channels


def _mapping(value: Any, what: str) -> dict[Any, Any]:
    if not isinstance(value, dict) or not value:
        raise UserError(f"{what} must have at least one, each with a name.")
    return value


def _rule(where: str, given: Any, channels: dict[str, Channel]) -> Rule:
    rule = _mapping(given, where)
    if unknown := rule.keys() - _RULE:
        raise UserError(
            f"{where}: {min(unknown, key=str)} is not known; a rule has {', '.join(sorted(_RULE))}."
        )
    name, measure, query = (rule.get(key) for key in ("name", "measure", "query"))
    if not isinstance(name, str) or not name:
        raise UserError(f"{where} has no name.")
    if (measure is None) == (query is None):
        raise UserError(f"{where}: give a measure or a query, and not both.")
    if measure is not None and measure not in KNOWN:
        raise UserError(f"{where}: {measure} is no measure; they are {', '.join(KNOWN)}.")
    limits = {key: _limit(where, key, rule.get(key)) for key in ("above", "below")}
    if (limits["above"] is None) == (limits["below"] is None):
        raise UserError(f"{where}: say above or below which number it alerts, and not both.")
    send_to = rule.get("send_to", list(channels))
    if not isinstance(send_to, list) or not {*map(str, send_to)} <= channels.keys():
        raise UserError(
            f"{where}: send_to must be a list of channels; they are {', '.join(channels)}."
        )
    of = rule.get("of")
    return Rule(
        name=name,
        measure=measure,
        query=None if query is None else str(query),
        above=limits["above"],
        below=limits["below"],
        of=None if of is None else str(of),
        send_to=tuple(map(str, send_to)),
    )


def _limit(where: str, key: str, value: Any) -> Decimal | None:
    if value is None:
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise UserError(f"{where}: {key} must be a number, not {value}.") from error


def firing(
    rules: list[Rule], status: Status, session: Session, failed_steps: Sequence[str] = ()
) -> list[Alert]:
    """The rules that hold now, in the order of the file."""
    # a step that was killed has left nothing in the warehouse
    measures = status.measures() | {STEP_FAILED: dict.fromkeys(failed_steps, Decimal(1))}
    return [
        Alert(rule, subject, value)
        for rule in rules
        for subject, value in (
            measures[rule.measure].items() if rule.measure else _queried(rule, session)
        )
        if (rule.of is None or rule.of == subject) and _holds(rule, value)
    ]


def _queried(rule: Rule, session: Session) -> Iterator[tuple[str, Decimal]]:
    for *subject, value in session.query(str(rule.query)).rows:
        if value is None:
            continue
        try:
            number = Decimal(str(value))
        except InvalidOperation as error:
            raise UserError(
                f"The rule {rule.name}: the last column of its query must be a number, not {value}."
            ) from error
        named = ", ".join(str(each) for each in subject if each is not None)
        # in one line, as the subject of a mail must be
        yield " ".join(named.split()), number


def _holds(rule: Rule, value: Decimal) -> bool:
    if rule.above is not None:
        return value > rule.above
    return rule.below is not None and value < rule.below


def _plain(value: Decimal) -> str:
    """With thousands, without zeros at the end."""
    text = f"{value:,.6f}".rstrip("0")
    return text.rstrip(".")
