"""The server of the reference: it listens at once, and nothing of it is left when it ends."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from http.client import HTTPConnection
from threading import Event
from urllib.parse import urlsplit

import pytest
from starlette.types import Receive, Scope, Send

from conformance.reference.app import reference_app
from conformance.reference.server import Server


def connected(url: str) -> socket.socket:
    at = urlsplit(url)
    return socket.create_connection((at.hostname, at.port), timeout=10)


def test_a_connection_that_is_kept_ends_with_it() -> None:
    with Server() as server:
        url = server.serve(reference_app())
        kept = HTTPConnection(urlsplit(url).netloc, timeout=10)
        kept.request("GET", "/nothing")
        assert kept.getresponse().read()

    with closing(kept):
        assert kept.sock.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        connected(url)


def test_an_application_that_never_answers_does_not_keep_it() -> None:
    asked = Event()

    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        asked.set()
        await asyncio.Event().wait()

    with Server() as server, closing(connected(url := server.serve(silent))) as waiting:
        waiting.sendall(b"GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert asked.wait(10)

    with pytest.raises(ConnectionRefusedError):
        connected(url)


def test_it_ends_before_its_applications_have_begun_to_listen() -> None:
    with Server() as server:
        urls = [server.serve(reference_app()) for _ in range(3)]

    for url in urls:
        with pytest.raises(ConnectionRefusedError):
            connected(url)
