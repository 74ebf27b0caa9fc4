"""Whatever a target does on the wire, a request ends in time, in a problem that names it, and without a leak."""

from __future__ import annotations

import base64
import gzip
import threading
import zlib

import pytest

from conformance.http.exchange import Evidence, Request
from tests.unit.hostile_server import CHUNKED, HEAD, OK, PATIENT, TOKEN, TOTAL, after_request, ask, client_of, endless
from tests.unit.raw_server import Connection, Responder, serving

pytestmark = pytest.mark.usefixtures("closed_connections")


WHOLE_TIME = f"timed out after {TOTAL} s while"
NO_ANSWER = {
    "head, a byte at a time": (
        endless(b"HTTP/1.1 200 OK\r\nX: ", b"a", 0.02),
        f"{WHOLE_TIME} waiting for the response",
    ),
    "status line, a byte at a time": (endless(b"", b"H", 0.02), f"{WHOLE_TIME} waiting for the response"),
    "silence": (after_request(then="hold"), "timed out after 0.4 s while waiting for the response"),
    "reset": (after_request(then="reset"), "connection reset"),
    "reset in the head": (after_request(b"HTTP/1.1 200 OK\r\nX: ", then="reset"), "connection reset"),
    "end": (after_request(), "connection closed before an answer"),
    "end in the head": (after_request(b"HTTP/1.1 200 OK\r\nX: "), "connection closed in the response head"),
    "negative length": (after_request(HEAD + b"Content-Length: -5\r\n\r\nhello"), "not valid HTTP: bad content-length"),
    "two lengths": (
        after_request(HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
        "not valid HTTP: conflicting content-length headers",
    ),
    "noise": (after_request(bytes(range(256)) * 40), "not valid HTTP: illegal status line"),
    "noise that echoes the token": (
        after_request(TOKEN.reveal().encode() + b"\r\n\r\n"),
        "not valid HTTP: illegal status line",
    ),
    "HTTP/0.9": (after_request(b"<html>hello</html>\r\n"), "connection closed in the response head"),
    "HTTP/0.9 of several lines": (after_request(b"<p>\r\n\r\n</p>"), "not valid HTTP: illegal status line"),
    "100,000 headers": (
        after_request(HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(100_000)) + b"\r\n"),
        "not valid HTTP: receive buffer too long",
    ),
    "giant header": (
        after_request(HEAD + b"X: " + b"a" * 3_000_000 + b"\r\n\r\n"),
        "not valid HTTP: receive buffer too long",
    ),
    "endless header": (endless(HEAD + b"X: ", b"a" * 65_536), "not valid HTTP: receive buffer too long"),
    "interim answers for ever": (
        endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </" + b"x" * 9000 + b">\r\n\r\n"),
        "not valid HTTP: no response head within 196608 bytes",
    ),
    "interim answers for ever, slowly": (
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.02),
        f"{WHOLE_TIME} waiting for the response",
    ),
}
PART_OF_A_BODY = {
    "endless body": (endless(HEAD + b"\r\n", b"a" * 65_536), "body larger than 10000 bytes"),
    "endless chunks": (endless(CHUNKED, b"1000\r\n" + b"a" * 4096 + b"\r\n"), "body larger than 10000 bytes"),
    "endless chunks of one byte": (endless(CHUNKED, b"1\r\na\r\n" * 100), "body larger than 10000 bytes"),
    "endless chunk extension": (endless(CHUNKED + b"1;", b"a" * 65_536), "not valid HTTP: receive buffer too long"),
    "endless trailer": (endless(CHUNKED + b"0\r\nX: ", b"a" * 65_536), "not valid HTTP: receive buffer too long"),
    "body, a byte at a time": (endless(HEAD + b"\r\n", b"a", 0.02), f"{WHOLE_TIME} reading the body"),
    "chunks, a byte at a time": (endless(CHUNKED, b"1\r\na\r\n", 0.02), f"{WHOLE_TIME} reading the body"),
    "silence": (
        after_request(HEAD + b"Content-Length: 9\r\n\r\nhello", then="hold"),
        "timed out after 0.4 s while reading the body",
    ),
    "reset": (after_request(HEAD + b"Content-Length: 9\r\n\r\nhello", then="reset"), "connection reset"),
    "length too long": (
        after_request(HEAD + b"Content-Length: 9\r\n\r\nhello"),
        "connection closed before the end of the body",
    ),
    "chunk without end": (after_request(CHUNKED + b"5\r\nhel"), "connection closed before the end of the body"),
    "invalid chunk length": (after_request(CHUNKED + b"zz\r\nhello\r\n"), "not valid HTTP: illegal chunk header"),
    "gzip that is none": (
        after_request(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
        "the compressed body does not decompress",
    ),
    "gzip that ends early": (
        after_request(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello" * 99)[:-12]),
        "the compressed body ends too early",
    ),
    "an encoding nobody asked for": (
        after_request(HEAD + b"Connection: close\r\nContent-Encoding: br\r\nContent-Length: 5\r\n\r\nhello"),
        "the body has a content encoding that was not asked for",
    ),
    "gzip bomb": (
        after_request(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"\0" * 5_000_000)),
        "body larger than 10000 bytes after decompression",
    ),
    "gzip bomb in gzip": (
        after_request(HEAD + b"Content-Encoding: gzip, gzip\r\n\r\n" + gzip.compress(gzip.compress(b"\0" * 5_000_000))),
        "body larger than 10000 bytes after decompression",
    ),
    "deflate bomb": (
        after_request(HEAD + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"\0" * 5_000_000)),
        "body larger than 10000 bytes after decompression",
    ),
    "raw deflate bomb": (
        after_request(HEAD + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"\0" * 5_000_000, wbits=-15)),
        "body larger than 10000 bytes after decompression",
    ),
}


def limits_of(problem: str) -> dict[str, int]:
    """The limits of time at which a problem shows: those of the module only where it is one of time."""
    return {} if "timed out" in problem else PATIENT


@pytest.mark.parametrize(("answer", "problem"), NO_ANSWER.values(), ids=list(NO_ANSWER))
def test_an_answer_without_a_whole_head_is_a_problem(answer: Responder, problem: str) -> None:
    with serving(answer) as server:
        exchange = ask(server, **limits_of(problem))
    assert (exchange.response, exchange.problem) == (None, problem)


@pytest.mark.parametrize(("answer", "problem"), PART_OF_A_BODY.values(), ids=list(PART_OF_A_BODY))
def test_an_answer_without_a_whole_body_is_kept_as_far_as_it_came(answer: Responder, problem: str) -> None:
    with serving(answer) as server:
        exchange = ask(server, **limits_of(problem))
    assert exchange.problem == problem
    assert exchange.response is not None
    assert not exchange.response.complete
    assert exchange.response.status == 200
    assert len(exchange.response.body) <= 10_000


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", zlib.compress(b"hello", wbits=-15)),
        ("gzip, deflate", zlib.compress(gzip.compress(b"hello", mtime=0))),
        ("identity", b"hello"),
    ],
)
def test_a_small_compressed_body_is_read(encoding: str, body: bytes) -> None:
    with serving(after_request(HEAD + f"Content-Encoding: {encoding}\r\n\r\n".encode() + body)) as server:
        exchange = ask(server, **PATIENT)
    assert exchange.problem == ""
    assert exchange.response is not None
    assert exchange.response.body == b"hello"


FRESH = "made-up-token-that-nobody-asked-for-1234567890"
SPELLINGS = {
    "known": (TOKEN.reveal(), TOKEN.reveal().encode()),
    "known, in Base64": (base64.b64encode(TOKEN.reveal().encode()).decode(), base64.b64encode(TOKEN.reveal().encode())),
    "new in this answer": (FRESH, f'"access_token": "{FRESH}"'.encode()),
}


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize(("secret", "sent"), SPELLINGS.values(), ids=SPELLINGS)
def test_no_piece_of_a_secret_is_left_where_the_bound_cuts_a_body(secret: str, sent: bytes, encoding: str) -> None:
    """It begins within the bound and ends behind it."""
    body = b"x" * (1000 - len(sent) + 8) + b" " + sent + b" " + b"y" * 100_000
    if encoding == "gzip":
        body = gzip.compress(body)
    head = HEAD + f"Content-Encoding: {encoding}\r\n\r\n".encode()
    with serving(after_request(head + body)) as server:
        exchange = ask(server, body_bytes=1000)
    assert exchange.problem.startswith("body larger than 1000 bytes")
    assert exchange.response is not None
    assert len(exchange.response.body) <= 1000
    shown = str(Evidence.of(exchange).as_json()) + exchange.response.text
    assert "xxx" in shown
    assert secret[:6] not in shown


def test_bytes_after_a_response_are_never_the_answer_to_the_next_request() -> None:
    """A length that is too short leaves bytes behind, here a whole forged response."""

    def answer(connection: Connection) -> None:
        connection.read_head()
        connection.send(HEAD + b"Content-Length: 2\r\n\r\nokHTTP/1.1 299 Forged\r\nContent-Length: 0\r\n\r\n")
        connection.read_head()
        connection.send(OK)

    with serving(answer) as server:
        assert [ask(server).response.status for _ in range(4)] == [200] * 4  # type: ignore[union-attr]


def test_bytes_that_come_between_two_requests_are_never_an_answer() -> None:
    sent, asked = threading.Event(), threading.Event()

    def answer(connection: Connection) -> None:
        connection.read_head()
        connection.send(OK)
        asked.wait(5)
        connection.send(b"HTTP/1.1 299 Forged\r\nContent-Length: 0\r\n\r\n")
        sent.set()
        connection.hold()

    with serving(answer) as server:
        for _ in range(3):
            exchange = ask(server)
            assert exchange.response is not None
            assert exchange.response.status == 200
            asked.set()
            sent.wait(5)
            sent.clear()
            asked.clear()


def test_no_socket_is_left_after_failures() -> None:
    for answer, _ in [*NO_ANSWER.values(), *PART_OF_A_BODY.values()][::4]:
        with serving(answer) as server:
            client = client_of(server)
            exchange = client.send(Request("GET", f"{server.url}/"))
            assert (exchange.problem, client.open_connections) == (exchange.problem, 0)
