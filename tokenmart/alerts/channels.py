"""Where alerts go: a webhook in Slack's form, mail, or a command."""

import json
import smtplib
import ssl
import subprocess
from abc import ABC, abstractmethod
from dataclasses import dataclass
from email.message import EmailMessage
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from tokenmart.errors import UserError

_PATIENCE = 30
"""Seconds to wait for the other side."""

_FORMS = {
    "webhook": {"webhook"},
    "email": {"email", "host", "port", "user", "password", "from", "starttls"},
    "command": {"command"},
}


class Refused(Exception):
    """Why a message did not go: a sentence without an address, in which a secret may be."""


class Channel(ABC):
    """Something that takes messages."""

    @abstractmethod
    def send(self, lines: list[str]) -> None:
        """Deliver one message, or raise Refused."""


@dataclass(frozen=True)
class Webhook(Channel):
    """A URL that takes `{"text": …}`, as Slack, Mattermost, Rocket.Chat and Google Chat do."""

    url: str

    def send(self, lines: list[str]) -> None:
        request = Request(
            self.url,
            data=json.dumps({"text": "\n".join(lines)}).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urlopen(request, timeout=_PATIENCE):
                pass
        except HTTPError as error:
            raise Refused(f"the webhook answered {error.code} {error.reason}") from error
        except URLError as error:
            raise Refused(f"the webhook cannot be reached: {error.reason}") from error
        except (OSError, HTTPException) as error:
            raise Refused(f"the webhook broke off: {error}") from error


@dataclass(frozen=True)
class Mail(Channel):
    """Addresses, reached through an SMTP server."""

    addresses: list[str]
    host: str
    port: int
    sender: str
    user: str | None
    password: str | None
    starttls: bool

    def send(self, lines: list[str]) -> None:
        message = EmailMessage()
        message["Subject"] = f"tokenmart: {lines[0]}" + (
            f" and {len(lines) - 1} more" if len(lines) > 1 else ""
        )
        message["From"], message["To"] = self.sender, ", ".join(self.addresses)
        message.set_content("\n".join(lines))
        try:
            with smtplib.SMTP(self.host, self.port, timeout=_PATIENCE) as server:
                if self.starttls:
                    server.starttls(context=ssl.create_default_context())
                if self.user:
                    server.login(self.user, self.password or "")
                server.send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            raise Refused(f"the mail server {self.host} did not take it: {error}") from error


@dataclass(frozen=True)
class Command(Channel):
    """A program that reads the message from its standard input."""

    arguments: list[str]

    def send(self, lines: list[str]) -> None:
        text = "\n".join(lines) + "\n"
        try:
            result = subprocess.run(
                self.arguments,
                input=text,
                text=True,
                # what it prints is no part of the result
                stdout=subprocess.DEVNULL,
                timeout=_PATIENCE,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Refused(f"the command did not run: {error}") from error
        if result.returncode:
            raise Refused(f"the command ended with exit status {result.returncode}")


def channel_of(where: str, settings: Any) -> Channel:
    """The channel that these settings describe."""
    if not isinstance(settings, dict):
        raise UserError(f"{where} needs a webhook, an email or a command.")
    kinds = [kind for kind in _FORMS if kind in settings]
    if len(kinds) != 1:
        raise UserError(f"{where} needs one of {', '.join(_FORMS)}.")
    (kind,) = kinds
    if unknown := settings.keys() - _FORMS[kind]:
        raise UserError(
            f"{where}: {min(unknown, key=str)} is not known; {kind} takes "
            f"{', '.join(sorted(_FORMS[kind]))}."
        )
    if kind == "webhook":
        if not str(settings["webhook"]).startswith(("http://", "https://")):
            raise UserError(f"{where}: the webhook must be a URL that begins with https://.")
        return Webhook(str(settings["webhook"]))
    if kind == "command":
        return Command(_texts(where, "command", settings["command"]))
    addresses = _texts(where, "email", settings["email"])
    port = str(settings.get("port", 587))
    if not settings.get("host") or not settings.get("from") or not port.isdecimal():
        raise UserError(f"{where}: email needs the host, the port and the sender (from).")
    return Mail(
        addresses=addresses,
        host=str(settings["host"]),
        port=int(port),
        sender=str(settings["from"]),
        user=settings.get("user") or None,
        password=settings.get("password"),
        starttls=str(settings.get("starttls", True)).lower() == "true",
    )


def _texts(where: str, name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
        raise UserError(f"{where}: {name} must be a list, such as [{name}].")
    return value
