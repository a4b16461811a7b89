"""The page on this machine, rendered again after each build."""

import hashlib
import re
import signal
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tokenmart.console import say, warn
from tokenmart.errors import UserError, reason
from tokenmart.warehouse import Warehouse
from tokenmart.warehouse.duckdb_file import DuckDBFile

ADDRESS = "127.0.0.1"


class Live:
    """The latest page that could be rendered, with the version that its browser compares."""

    def __init__(self, render: Callable[[str], str], state: Callable[[], Any]) -> None:
        self._render, self._state = render, state
        self._one_at_a_time = threading.Lock()
        self._shown = state()
        self.version = _version(self._shown)
        self.html = render(self.version)

    def refresh(self) -> None:
        """Render again if something was built. While a build goes on, the last page stays."""
        with self._one_at_a_time:
            try:
                state = self._state()
                if state != self._shown:
                    self.html = self._render(_version(state))
                    self._shown, self.version = state, _version(state)
            except UserError as error:
                warn(f"the page stays as it was: {error}")


def _version(state: Any) -> str:
    return hashlib.sha256(repr(state).encode()).hexdigest()[:16]


def state_of(warehouse: Warehouse, last_build: Callable[[], Any]) -> Callable[[], Any]:
    """What differs after a build.

    A DuckDB file is only looked at from outside: a build cannot open it while it is read.
    """
    if isinstance(warehouse, DuckDBFile):
        path = warehouse.path

        def written() -> Any:
            try:
                found = path.stat()
            except FileNotFoundError:
                return None
            return found.st_mtime_ns, found.st_size

        return written
    return last_build


def serve(live: Live, port: int) -> None:
    """Answer browsers of this machine until interrupted or told to end."""
    # a shell starts what it leaves in the background deaf to interrupts
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    try:
        server = ThreadingHTTPServer((ADDRESS, port), _handler(live))
    except (OSError, OverflowError) as error:
        why = reason(error) if isinstance(error, OSError) else "it is no port"
        raise UserError(
            f"Port {port} cannot be served: {why}. Name another with --port."
        ) from error
    with server:
        say(f"http://{ADDRESS}:{server.server_port}/ shows the page; Ctrl-C ends it")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("ended")


def _handler(live: Live) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            # another site may have its name lead here, and would then read the page
            if not re.fullmatch(r"(127\.0\.0\.1|localhost)(:\d+)?", self.headers.get("Host", "")):
                self._answer(HTTPStatus.FORBIDDEN, "Ask for this page at 127.0.0.1.", "text/plain")
            elif self.path in ("/", "/version"):
                live.refresh()
                if self.path == "/":
                    self._answer(HTTPStatus.OK, live.html, "text/html")
                else:
                    self._answer(HTTPStatus.OK, live.version, "text/plain")
            elif self.path == "/favicon.ico":
                self._answer(HTTPStatus.NO_CONTENT, "", "image/x-icon")
            else:
                self._answer(HTTPStatus.NOT_FOUND, "The page is at /.", "text/plain")

        def _answer(self, status: HTTPStatus, text: str, kind: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """A browser asks every two seconds, which nobody wants to read."""

    return Handler
