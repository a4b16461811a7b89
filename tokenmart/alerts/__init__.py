"""Alerts: rules held against the warehouse, each told once when it begins and once when it ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tokenmart.alerts.channels import Channel, Refused
from tokenmart.alerts.rules import Alert, Rule, firing
from tokenmart.alerts.state import State
from tokenmart.status import Status
from tokenmart.warehouse import Session

__all__ = ["Alert", "Channel", "Outcome", "Rule", "State", "alert", "firing"]


@dataclass
class Outcome:
    """What holds now, and what became of the messages."""

    firing: list[Alert]
    sent: dict[str, list[str]] = field(default_factory=dict)
    """By channel, the lines of its message."""

    refused: dict[str, str] = field(default_factory=dict)
    """By channel, why its message did not go; the next run tries again."""


def alert(
    rules: list[Rule],
    channels: dict[str, Channel],
    state: State,
    status: Status,
    session: Session,
    *,
    failed_steps: Sequence[str] = (),
    is_dry: bool = False,
) -> Outcome:
    """Send what is new to each channel, in one message, and keep what was sent."""
    outcome = Outcome(firing(rules, status, session, failed_steps))
    for name, channel in channels.items():
        began = [each for each in outcome.firing if state.is_news(each, name)]
        ended = state.ended(outcome.firing, name)
        lines = [*map(str, began), *(f"Resolved: {key}" for key in ended)]
        if not lines:
            continue
        if not is_dry:
            try:
                channel.send(lines)
            except Refused as refusal:
                outcome.refused[name] = str(refusal)
                continue
            state.keep(name, began, ended)
        outcome.sent[name] = lines
    return outcome
