"""HTTP/1.1 on the standard library's `http.server`: whole requests in, whole answers out (RFC 9112)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl

LONGEST_BODY = 64_000_000


class Refused(Exception):
    """What stands in the way of a request, as the answer that says so."""

    def __init__(self, status: int, message: object, **headers: str) -> None:
        self.answer = Answer.json(status, message, **headers)


class _CutOff(Exception):
    """Fewer bytes came than the request had announced."""

    def __init__(self, body: bytes) -> None:
        self.body = body


@dataclass(frozen=True)
class Asked:
    """A request: the path as it was sent, and the query and a form decoded."""

    method: str
    path: str
    query_string: str
    headers: Message
    body: bytes

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query_string, keep_blank_values=True)

    @property
    def media_type(self) -> str:
        return str(self.headers.get("Content-Type", "")).partition(";")[0].strip().lower()

    @property
    def is_form(self) -> bool:
        return self.media_type == "application/x-www-form-urlencoded"

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True) if self.is_form else []

    def credentials(self, scheme: str) -> str | None:
        """What follows the scheme in `Authorization`; the scheme is compared without case (RFC 9110, 11.1)."""
        found, _, rest = str(self.headers.get("Authorization", "")).partition(" ")
        return rest.strip() if found.lower() == scheme else None

    def json(self) -> Any:
        if self.media_type != "application/json":
            raise Refused(415, {"error": "send application/json"})
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Refused(400, {"error": "this is not JSON"}) from None


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, status: int, value: object, **headers: str) -> Answer:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        head = {"Content-Type": "application/json", "Cache-Control": "no-store", **named}
        return cls(status, json.dumps(value).encode(), head)


type App = Callable[[Asked], Answer]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    timeout = 60
    server: Server

    def answer(self) -> None:
        try:
            body = self._body()
        except Refused as refused:
            self.close_connection = True
            return self._send(refused.answer)
        except _CutOff as cut:
            self.close_connection = True
            if not self.server.keeps_cut_bodies:
                return None
            body = cut.body
        path, _, query = self.path.partition("?")
        try:
            answer = self.server.app(Asked(self.command, path, query, self.headers, body))
        except Refused as refused:
            answer = refused.answer
        return self._send(answer)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """The library looks for `do_GET` and the like: every method is answered in one place."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def _body(self) -> bytes:
        lengths = set(self.headers.get_all("Content-Length") or ["0"])
        coding = self.headers.get("Transfer-Encoding")
        if coding is not None:
            if coding.lower() != "chunked" or "Content-Length" in self.headers:
                raise Refused(400, {"error": "this framing is not understood"})
            return self._chunks()
        length = lengths.pop()
        if lengths or not (length.isascii() and length.isdigit()):
            raise Refused(400, {"error": "Content-Length is not a number"})
        if int(length) > LONGEST_BODY:
            raise Refused(413, {"error": "too large"})
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise _CutOff(body)
        return body

    def _chunks(self) -> bytes:
        body = b""
        while True:
            line = self.rfile.readline(1000)
            if not line.endswith(b"\n"):
                raise _CutOff(body)
            try:
                size = int(line.partition(b";")[0].strip(), 16)
            except ValueError:
                raise Refused(400, {"error": "this is not the size of a chunk"}) from None
            if size < 0 or len(body) + size > LONGEST_BODY:
                raise Refused(413, {"error": "too large"})
            if size == 0:
                while (trailer := self.rfile.readline(8000)) not in (b"\r\n", b"\n"):
                    if not trailer:
                        raise _CutOff(body)
                return body
            chunk = self.rfile.read(size)
            body += chunk
            if len(chunk) < size or self.rfile.readline(3) != b"\r\n":
                raise _CutOff(body)

    def handle_expect_100(self) -> bool:
        done = super().handle_expect_100()
        self.wfile.flush()
        return done

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in {204, 304}:
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and answer.status not in {204, 304}:
            self.wfile.write(answer.body)

    def log_message(self, *unused: object) -> None:
        """Nothing is logged: requests carry tokens."""


class Server(ThreadingHTTPServer):
    """A server on loopback that answers from a thread of its own until it is left."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, app: App, *, keeps_cut_bodies: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.app, self.keeps_cut_bodies = app, keeps_cut_bodies
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *unused: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""
