"""What a hostile server answers, and one request to it."""

from __future__ import annotations

import time
from typing import Any

from conformance.config.limits import Limits
from conformance.config.roles import SingleAccess
from conformance.config.target import Target, Tls
from conformance.http.client import Client
from conformance.http.exchange import Evidence, Exchange, Request
from conformance.redaction import VAULT, Secret
from tests.unit.raw_server import Connection, RawServer, Responder

TOTAL = 0.5
SLACK = 30  # for a loaded machine: without its bound a request would never end
TOKEN = Secret("00DHOSTILE000001!AQ4AQMade.Up.Hostile.Token_1234567890")
FAST = {"connect_seconds": 0.4, "read_seconds": 0.4, "total_seconds": TOTAL, "body_bytes": 10_000}
PATIENT = {"connect_seconds": 30, "read_seconds": 30, "total_seconds": 60}
"""For what has to be read to its end, however busy the machine is."""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def client_of(server: RawServer, tls: Tls | None = None, **limits: Any) -> Client:
    target = Target(
        name="hostile",
        single_access=SingleAccess(base_url=server.url, token=TOKEN),
        tls=tls or Tls(),
        limits=Limits(**{"requests_per_second": 10_000, **FAST, **limits}),
    )
    return Client(target, requirement="SAB-01", run="r1")


def ask(server: RawServer, *, tls: Tls | None = None, body: bytes = b"", **limits: Any) -> Exchange:
    """Send one request with the token, and check what holds for every exchange."""
    client = client_of(server, tls, **limits)
    request = Request(
        "POST" if body else "GET", f"{server.url}/x", (("Authorization", f"Bearer {TOKEN.reveal()}"),), body
    )
    began = time.monotonic()
    exchange = client.send(request)
    assert time.monotonic() - began < limits.get("total_seconds", TOTAL) + SLACK
    assert VAULT.labels_in(exchange.problem + repr(exchange) + str(Evidence.of(exchange).as_json())) == []
    return exchange


def after_request(*pieces: bytes, then: str = "close") -> Responder:
    """Read the request, send the pieces, and then close, hold or reset."""

    def answer(connection: Connection) -> None:
        connection.read_head()
        for piece in pieces:
            connection.send(piece)
        if then != "close":
            getattr(connection, then)()

    return answer


def endless(start: bytes, again: bytes, every: float = 0.0) -> Responder:
    """Read the request, send the start, and then the same again for ever."""

    def answer(connection: Connection) -> None:
        connection.read_head()
        connection.send(start)
        connection.send_for_ever(again, every)

    return answer


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
