"""How the server of the references reads what others would take for the start of another protocol."""

import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from conformance.reference.server import Server

WISH = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
BODY = "Content-Length: 5\r\n\r\n"


async def told(request: Request) -> Response:
    """The method and the body of a request."""
    return PlainTextResponse(f"<{request.method} {(await request.body()).decode()}>")


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with Server() as server:
        url = server.serve(Starlette(routes=[Route("/a", told, methods=["GET", "PUT"])]))
        yield "127.0.0.1", urlsplit(url).port or 0


@pytest.mark.parametrize(
    ("packets", "answers"),
    [
        ([f"PUT /a HTTP/1.1\r\nHost: a\r\n{WISH}{BODY}bytes"], ["<PUT bytes>"]),
        ([f"PUT /a HTTP/1.1\r\nHost: a\r\n{WISH}{BODY}", "by", "tes"], ["<PUT bytes>"]),
        ([f"PUT /a HTTP/1.1\r\nHost: a\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n{BODY}bytes"], ["<PUT bytes>"]),
        ([f"GET /a HTTP/1.1\r\nHost: a\r\n{WISH}\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n"], ["<GET >", "<GET >"]),
        (["GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"], ["<GET >"]),
    ],
    ids=["a body beside the head", "a body of its own", "an end after it", "a request after it", "WebSockets"],
)
def test_a_wish_for_another_protocol_is_ignored(address, packets, answers):
    with socket.create_connection(address, timeout=5) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for packet in packets:
            client.sendall(packet.encode())
        heard = b""
        while heard.count(b">") < len(answers):
            more = client.recv(65536)
            assert more, heard
            heard += more
    assert re.findall("<.*?>", heard.decode()) == answers
