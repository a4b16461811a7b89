"""What has been sent to whom, so that an alert is sent once until it ends."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from tokenmart.alerts.rules import Alert
from tokenmart.errors import UserError


class State:
    """A file with the alerts that each channel was told of and that have not ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told: dict[str, list[str]] = _read(path) if path.is_file() else {}

    def is_news(self, alert: Alert, channel: str) -> bool:
        """True if the channel is to hear of it, and has not."""
        return channel in alert.rule.send_to and alert.key not in self._told.get(channel, [])

    def ended(self, firing: Iterable[Alert], channel: str) -> list[str]:
        """What the channel was told of, and holds no longer."""
        holding = {alert.key for alert in firing}
        return [key for key in self._told.get(channel, []) if key not in holding]

    def keep(self, channel: str, began: Iterable[Alert], ended: Iterable[str]) -> None:
        """Note what the channel has been told, before another one is."""
        over = {*ended}
        told = [key for key in self._told.get(channel, []) if key not in over]
        self._told[channel] = [*told, *(alert.key for alert in began)]
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(self._told, indent=2) + "\n", encoding="utf-8")
        part.replace(self._path)


def _read(path: Path) -> dict[str, list[str]]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"{path} is damaged: delete it; every alert that holds is then sent again."
        ) from error
    if not isinstance(told, dict) or not all(isinstance(keys, list) for keys in told.values()):
        raise UserError(f"{path} is damaged: delete it; every alert that holds is then sent again.")
    return told
