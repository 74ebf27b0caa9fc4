"""Files pass by in pieces: what was sent and what came is known by size, digest and head, and memory stays flat."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from queue import SimpleQueue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.config.limits import Limits
from conformance.config.roles import SingleAccess
from conformance.config.target import Target
from conformance.http.client import Client
from conformance.http.exchange import Evidence, Request
from conformance.http.streamed_body import KEPT, PIECE, Content, CutOff, Received
from tests.unit.raw_server import Connection, Responder, serving

SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7)


pytestmark = pytest.mark.usefixtures("closed_connections")


def client(url: str, **limits: float) -> Client:
    role = SingleAccess(base_url=url, token="made-up-token-of-a-file-client")  # type: ignore[arg-type] # becomes a Secret
    return Client(Target(single_access=role, limits=Limits(requests_per_second=10_000, **limits)))


def keeping(bodies: SimpleQueue[bytes], answer: bytes) -> Responder:
    """Read a request with its body, keep what came after the head, and answer."""

    def answered(connection: Connection) -> None:
        head, _, body = connection.read_head().partition(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        while len(body) < size and (more := connection.sock.recv(PIECE)):
            body += more
        bodies.put(body)
        connection.send(answer)

    return answered


@pytest.mark.parametrize("size", SIZES)
def test_a_patterned_file_is_the_same_each_time(size: int) -> None:
    content = Content.patterned(size)
    data = b"".join(content)
    assert (len(data), content.size) == (size, size)
    assert b"".join(content) == data
    assert content.sha256 == hashlib.sha256(data).hexdigest()
    assert content.head == data[:KEPT]
    assert size < 16 or Content.patterned(size, tag=1).sha256 != content.sha256


def test_no_two_pieces_of_a_patterned_file_are_alike() -> None:
    pieces = list(Content.patterned(8 * PIECE))
    assert len(set(pieces)) == len(pieces)


def test_a_file_on_disk_is_read_while_it_is_sent(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(range(256)) * 1000)
    content = Content.of_file(tmp_path / "file")
    assert b"".join(content) == bytes(range(256)) * 1000
    assert content == Content.of(bytes(range(256)) * 1000)


@given(data=st.binary(max_size=40), size=st.integers(0, 50))
def test_the_first_bytes_of_a_file_are_a_file(data: bytes, size: int) -> None:
    assert b"".join(Content.of(data).first(size)) == data[:size]
    assert Content.of(data).first(size) == Content.of(data[:size])


def test_a_cut_file_ends_with_an_error_and_keeps_its_size() -> None:
    cut = Content.of(b"abcdef").cut_after(4)
    sent = []
    with pytest.raises(CutOff, match="after 4 of 6 bytes"):
        sent.extend(cut)
    assert b"".join(sent) == b"abcd"
    assert (cut.size, cut.head) == (6, b"abcd")


@given(sent=st.binary(max_size=30), came=st.binary(max_size=30), cuts=st.lists(st.integers(1, 9), max_size=9))
def test_what_came_is_compared_while_it_passes_by(sent: bytes, came: bytes, cuts: list[int]) -> None:
    received = Received(Content.of(sent), at_most=100)
    rest = came
    for cut in [*cuts, 100]:
        received.take(rest[:cut])
        rest = rest[cut:]
    same = next((at for at, (a, b) in enumerate(zip(sent, came, strict=False)) if a != b), min(len(sent), len(came)))
    assert (received.size, received.head, received.same_until) == (len(came), came, same)
    assert received.sha256 == hashlib.sha256(came).hexdigest()


def test_a_file_is_sent_with_its_length_and_shown_by_its_digest() -> None:
    bodies: SimpleQueue[bytes] = SimpleQueue()
    content = Content.patterned(3 * PIECE)
    with serving(keeping(bodies, b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")) as server:
        exchange = client(server.url).send(Request("PUT", f"{server.url}/a", content=content))
        came = bodies.get(timeout=10)  # before the server ends, which ends its connections
    assert exchange.response is not None
    assert came == b"".join(content)
    shown = Evidence.of(exchange)
    assert shown.request_body.endswith(f"cut: 4096 of {content.size} bytes, sha256 {content.sha256} are shown")
    assert len(shown.request_body) < 4300
    assert shown.curl.endswith(f"--data-binary @body  # {content.size} bytes, not shown here")


def test_an_upload_is_cut_off_where_the_sender_says_so() -> None:
    bodies: SimpleQueue[bytes] = SimpleQueue()
    with serving(keeping(bodies, b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")) as server:
        exchange = client(server.url).send(
            Request("PUT", f"{server.url}/a", content=Content.patterned(2 * PIECE).cut_after(PIECE))
        )
        came = bodies.get(timeout=10)
    assert exchange.response is None
    assert exchange.problem == f"cut off on purpose after {PIECE} of {2 * PIECE} bytes"
    assert len(came) == PIECE


def test_a_body_beyond_the_usual_bound_is_received_piece_by_piece() -> None:
    content = Content.patterned(5 * PIECE)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % content.size
    received = Received(content, at_most=content.size)
    with serving(keeping(SimpleQueue(), head + b"".join(content))) as server:
        exchange = client(server.url, body_bytes=100).send(Request("GET", f"{server.url}/a"), into=received)
    assert exchange.problem == ""
    assert (received.sha256, received.same_until) == (content.sha256, content.size)
    assert exchange.response is not None
    assert len(exchange.response.body) < content.size
    assert content.sha256 in Evidence.of(exchange).response_body


@pytest.mark.parametrize("size", SIZES)
def test_something_is_done_between_the_halves_of_a_file(size: int) -> None:
    """Once each time it is sent, and the file is the same."""
    content, passed = Content.patterned(size, tag=1), list[bytes | None]()
    halves = content.in_two_halves(lambda: passed.append(None))
    for _ in range(2):
        passed.clear()
        for piece in halves:
            passed.append(piece)
        at = passed.index(None)
        assert b"".join(filter(None, passed[:at])) == b"".join(content)[: size // 2]
        assert b"".join(filter(None, passed[at:])) == b"".join(content)[size // 2 :]
        assert passed.count(None) == 1
    assert (halves.size, halves.sha256) == (content.size, content.sha256)


def test_more_than_was_expected_is_not_read() -> None:
    received = Received(at_most=1000)
    with serving(keeping(SimpleQueue(), b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"a" * 10_000_000)) as server:
        exchange = client(server.url).send(Request("GET", f"{server.url}/a"), into=received)
    assert exchange.problem == "body larger than 1000 bytes"
    assert received.size < 200_000


@pytest.mark.parametrize(("flaw", "problem"), [(b"", ""), (b"x", "does not decompress")])
def test_an_encoded_body_is_decoded_while_it_passes_by(flaw: bytes, problem: str) -> None:
    plain = bytes(range(256)) * 500
    packed = flaw + zlib.compress(plain)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    received = Received(Content.of(plain), at_most=len(plain))
    with serving(keeping(SimpleQueue(), head % len(packed) + packed)) as server:
        exchange = client(server.url).send(Request("GET", f"{server.url}/a"), into=received)
    assert problem in exchange.problem
    assert (received.same_until == len(plain)) is (problem == "")


def test_a_refusal_is_kept_as_usual() -> None:
    received = Received(at_most=10)
    with serving(
        keeping(SimpleQueue(), b"HTTP/1.1 404 No\r\nContent-Length: 20\r\nConnection: close\r\n\r\n" + b"n" * 20)
    ) as server:
        exchange = client(server.url).send(Request("GET", f"{server.url}/a"), into=received)
    assert exchange.response is not None
    assert (exchange.response.body, exchange.response.received, received.size) == (b"n" * 20, None, 0)
