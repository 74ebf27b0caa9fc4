"""What goes wrong in the world while a client runs, and what was heard of the client meanwhile.

`World` stands between the server and an application: it records every exchange, and has faults happen where they are
due. Faults are data; a scenario lists them.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.http.exchange import Exchange, Headers, Request, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 16_777_216
"""How many bytes of a request are read."""

MOST = 20_000
"""How many exchanges are kept: a client that asks more often is in a loop."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, as it goes out.

    Attributes:
        status: the status code.
        headers: names and values.
        body: the bytes of the body.
        announced: the Content-Length that is said, where it is not that of the body.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    announced: int | None = None


type Instead = Callable[[Request], Reply]
type Change = Callable[[Request, Reply], Reply]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that happens to some requests.

    Attributes:
        name: what it is called in time lines.
        where: which requests it happens to.
        instead: what answers in place of the reference, which never hears of the request.
        change: what becomes of the reference's answer.
        skip: how many of these requests pass before.
        times: how often it happens; None for ever.
        delay: how many seconds the answer takes longer.
    """

    name: str
    where: Callable[[Request], bool]
    instead: Instead | None = None
    change: Change | None = None
    skip: int = 0
    times: int | None = None
    delay: float = 0.0


@dataclass(slots=True)
class World:
    """The surroundings of one run of a client. Safe to use from several threads.

    Attributes:
        faults: what goes wrong; the first one that is due happens.
        watchers: told each exchange before its answer goes out, so that the client waits while they look.
        exchanges: what was heard, in the order of the answers.
        happened: how often each fault happened, by its name.
    """

    faults: Sequence[Fault] = ()
    watchers: list[Callable[[Exchange], None]] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    _met: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def names(self) -> set[str]:
        """The names of the faults."""
        return {fault.name for fault in self.faults}

    def around(self, app: ASGIApp) -> ASGIApp:
        """An application in this world."""

        async def served(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return
            started, clock = datetime.now(UTC), time.monotonic()
            body = await _body(receive)
            request = _request(scope, body)
            fault = self._due(request)
            reply = fault.instead(request) if fault and fault.instead else await _asked(app, scope, body)
            if fault and fault.change:
                reply = fault.change(request, reply)
            response = Response(reply.status, reply.headers, reply.body, complete=reply.announced is None)
            self._heard(Exchange(request, response, "", started, time.monotonic() - clock))
            if fault and fault.delay:
                await asyncio.sleep(fault.delay)
            await _answer(send, request, reply)

        return served

    def _due(self, request: Request) -> Fault | None:
        """The fault that happens to a request."""
        with self._lock:
            for fault in self.faults:
                if not fault.where(request):
                    continue
                self._met[fault.name] += 1
                number = self._met[fault.name] - fault.skip
                if number > 0 and (fault.times is None or number <= fault.times):
                    self.happened[fault.name] += 1
                    return fault
        return None

    def _heard(self, exchange: Exchange) -> None:
        with self._lock:
            if len(self.exchanges) < MOST:
                self.exchanges.append(exchange)
            for watch in self.watchers:
                watch(exchange)


def at(path: str, *methods: str, query: str = "") -> Callable[[Request], bool]:
    """Requests whose path holds a text, such as `/services/oauth2/token`, with one of these methods, or any."""

    def matches(request: Request) -> bool:
        parts = urlsplit(request.url)
        return path in parts.path and (not methods or request.method in methods) and query in parts.query

    return matches


def either(*several: Callable[[Request], bool]) -> Callable[[Request], bool]:
    """Requests of which one of these says that they match."""
    return lambda request: any(matches(request) for matches in several)


def answers(status: int, body: bytes | str = b"", **headers: str) -> Instead:
    """Answers each request alike. Header names are written with underscores."""
    content = body.encode() if isinstance(body, str) else body
    kind = "application/json" if content[:1] in (b"{", b"[") else "text/plain"
    named = {"content_type": kind, **headers}
    reply = Reply(status, tuple((name.replace("_", "-"), value) for name, value in named.items()), content)
    return lambda request: reply


def loses_the_answer(status: int = 504) -> Change:
    """The request is done, and a gateway says that it took too long."""
    return lambda request, reply: Reply(status, (("content-type", "text/plain"),), b"upstream request timeout")


# ------------------------------------------------------------------ details


async def _body(receive: Receive) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        piece = message.get("body", b"")
        size += len(piece)
        if size <= LARGEST_BODY:
            pieces.append(piece)
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return b"".join(pieces)


def _request(scope: Scope, body: bytes) -> Request:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    served = "{}:{}".format(*scope["server"])  # HTTP/1.0 has no Host
    host = next((value for name, value in headers if name == "host"), served)
    query = scope["query_string"].decode("latin-1")
    path = scope["raw_path"].decode("latin-1")
    url = f"{scope['scheme']}://{host}{path}" + (f"?{query}" if query else "")
    return Request(scope["method"], url, headers, body)


async def _asked(app: ASGIApp, scope: Scope, body: bytes) -> Reply:
    """What the application answers."""
    status, pieces = 500, list[bytes]()
    headers: Headers = ()
    given = False

    async def receive() -> Message:
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in message.get("headers", ()))
        elif message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))

    await app(scope, receive, send)
    return Reply(status, headers, b"".join(pieces))


async def _answer(send: Send, request: Request, reply: Reply) -> None:
    size = len(reply.body) if reply.announced is None else reply.announced
    headers = [(name, value) for name, value in reply.headers if name.lower() != "content-length"]
    if request.method != "HEAD" and reply.status not in (204, 304):
        headers.append(("content-length", str(size)))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    # A body that is shorter than announced is never ended, so the server closes the connection.
    await send({"type": "http.response.body", "body": reply.body, "more_body": reply.announced is not None})
