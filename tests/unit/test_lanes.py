"""The fast path of plain exchanges says what httpcore2 says, of every request and every answer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpcore2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.http.exchange import Request
from conformance.http.transport.lanes import Heard, Lanes, is_good, written
from conformance.http.transport.network import Watch
from tests.examples import examples
from tests.unit.hostile_server import PATIENT, client_of
from tests.unit.raw_server import Connection, serving

LIMIT = 40
TIMEOUTS = {"timeout": {"connect": 1.0, "read": 1.0, "write": 1.0, "pool": 1.0}}
ORIGIN = httpcore2.Origin(b"http", b"acme.example.com", 80)

PIECES = st.sampled_from([
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 204 No Content\r\n", b"HTTP/1.1 304\r\n", b"HTTP/1.0 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 404 Not \xfcbig\r\n", b"HTTP/1.1 2000 OK\r\n", b"\r\n", b"\n", b"\r",
    b"Content-Length: 5\r\n", b"content-length:0\r\n", b"Content-Length: 5, 5\r\n", b"Content-Length: 99\r\n",
    b"Content-Length: +5\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n",
    b"Connection: keep-alive\r\n", b"X:\r\n", b"X : 1\r\n", b"x-y:\t a b \t\r\n", b"X: \x00\r\n", b"X: \xc3\xa4\r\n",
    b" folded\r\n", b"Upgrade: h2c\r\n", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"", b"a" * 60,
])  # fmt: skip
PLAIN = (b"HTTP/1.1 200 OK\r\n", b"Server: x\r\n", b"Content-Length: 5\r\n", b"\r\n", b"hello")
NAMES = st.sampled_from([b"Host", b"host", b"Accept", b"X-\xfc", b"Content-Length", b"Connection", b"Expect", b"a b"])
VALUES = st.sampled_from([b"acme.example.com", b"", b"5", b"0", b" a", b"a b", b"a\r\nb: c", b"\xfc", b"close", b"\t"])


class Scripted(httpcore2.NetworkStream):
    """A connection on which these pieces come, and then its end or a failure."""

    def __init__(self, pieces: list[bytes], end: Exception | None = None, refuses: Exception | None = None) -> None:
        self.pieces = [piece for piece in pieces if piece]
        self.end, self.refuses = end, refuses
        self.sent = b""
        self.is_closed = False
        self.waits = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.waits += not self.pieces
        if not self.pieces and self.end is not None:
            raise self.end
        return self.pieces.pop(0) if self.pieces else b""

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.sent += buffer
        if self.refuses is not None:
            raise self.refuses

    def close(self) -> None:
        self.is_closed = True

    def get_extra_info(self, info: str) -> Any:
        return self.is_closed or bool(self.pieces) if info == "is_readable" else None


def request_of(method: bytes = b"GET", headers: list[tuple[bytes, bytes]] | None = None, body: bytes = b"") -> Any:
    url = httpcore2.URL(scheme=b"http", host=b"acme.example.com", port=None, target=b"/a?b=c")
    sent = [(b"Host", b"acme.example.com"), *([(b"Content-Length", b"%d" % len(body))] if body else [])]
    return httpcore2.Request(method, url, headers=sent if headers is None else headers, content=body,
                             extensions=TIMEOUTS)  # fmt: skip


def told(answer: Any, connection: httpcore2.HTTP11Connection | None) -> Iterator[object]:
    """What an answer says: its head, its body up to its end or its failure, and whether the connection is kept."""
    yield answer.status, tuple(answer.headers)
    body = b""
    try:
        for piece in answer.stream:
            body += piece
    except httpcore2.RemoteProtocolError as error:
        yield str(error)
    except (httpcore2.ReadError, httpcore2.ReadTimeout) as error:
        yield type(error)
    yield body
    answer.close()
    yield connection is None or is_good(connection)


def as_httpcore2_says(stream: Scripted, method: bytes) -> list[object]:
    connection = httpcore2.HTTP11Connection(ORIGIN, stream)
    try:
        return list(told(connection.handle_request(request_of(method)), connection))
    except Exception as error:
        return [type(error), str(error)]


def as_the_lane_says(stream: Scripted, method: bytes) -> tuple[bool, list[object]]:
    """Whether the answer was plain, and what is said of it."""
    request, heard = request_of(method), Heard(stream, 1.0)
    message = written(request, b"")
    assert message is not None
    with Watch(60) as watch:
        if (answer := heard.answer(message, method, watch, LIMIT)) is not None:
            return True, list(told(answer, None))
        return False, as_httpcore2_says(heard, method)  # type: ignore[arg-type] # a stream is a stream


@examples(300)
@given(
    st.lists(PIECES, max_size=6).map(tuple) | st.tuples(*(st.just(one) | PIECES for one in PLAIN)),
    st.lists(st.integers(0, 200), max_size=3),
    st.sampled_from([b"GET", b"HEAD", b"POST"]),
    st.sampled_from([None, httpcore2.ReadError("connection reset"), httpcore2.ReadTimeout()]),
    st.sampled_from([None, None, httpcore2.WriteError("connection reset"), httpcore2.WriteTimeout()]),
)
@example(PLAIN, [3, 40, 58], b"GET", None, None)
def test_an_answer_is_what_httpcore2_makes_of_it(
    parts: tuple[bytes, ...], cuts: list[int], method: bytes, end: Exception | None, refuses: Exception | None
) -> None:
    whole = b"".join(parts)
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[first:last] for first, last in pairwise(edges)]
    ours, theirs = Scripted(pieces, end, refuses), Scripted(pieces, end, refuses)
    is_plain, said = as_the_lane_says(ours, method)
    assert said == as_httpcore2_says(theirs, method)
    assert ours.waits <= theirs.waits, "nothing is waited for in vain"
    if is_plain:
        assert ours.sent == theirs.sent
        assert ours.pieces == theirs.pieces


@examples(300)
@given(
    st.sampled_from([b"GET", b"POST", b"DELETE", b"TRACE", b"a b"]),
    st.lists(st.tuples(NAMES, VALUES), max_size=3),
    st.sampled_from([b"", b"hello"]),
)
def test_a_request_is_what_httpcore2_sends_or_is_left_to_it(
    method: bytes, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    request = request_of(method, [(b"Host", b"acme.example.com"), *headers], body)
    message = written(request, body)
    if message is not None:
        stream = Scripted([b"HTTP/1.1 204 No Content\r\n\r\n"])
        httpcore2.HTTP11Connection(ORIGIN, stream).handle_request(request)
        assert message == stream.sent


def test_usual_exchanges_are_plain() -> None:
    """Else both tests above would compare httpcore2 with itself."""
    assert as_the_lane_says(Scripted(list(PLAIN)), b"GET")[0]
    assert written(request_of(b"POST", body=b"hello"), b"hello") is not None


@pytest.mark.usefixtures("closed_connections")
def test_an_answer_that_is_not_plain_leaves_the_connection_as_good_as_one_that_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("conformance.http.client._IDLE_SECONDS", 60)  # for a machine that has much else to do
    answers = iter(
        [b"".join(PLAIN), b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"] * 2
    )
    opened = []

    def serve(connection: Connection) -> None:
        opened.append(connection)
        for answer in answers:
            connection.read_head()
            connection.send(answer)

    with serving(serve) as server:
        client = client_of(server, **PATIENT)
        bodies = [client.send(Request("GET", f"{server.url}/")).response for _ in range(4)]
    assert [body is not None and body.body for body in bodies] == [b"hello"] * 4
    assert len(opened) == 1


def test_where_every_lane_is_taken_the_pool_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.http.transport.lanes.MOST", 0)
    with Watch(1.0) as watch:
        assert Lanes(1.0).handle_request(request_of(), b"", watch, LIMIT) is None
