"""Whatever a target does on the wire, a request ends in time, in a problem that names it, and without a leak."""

from __future__ import annotations

import base64
import gzip
import ssl
import threading
import time
import zlib
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from conformance.config.roles import SingleAccess
from conformance.config.target import Limits, Target, Tls
from conformance.http.client import Client, close_connections, fresh_jar
from conformance.http.exchange import Evidence, Exchange, Request
from conformance.redaction import VAULT, Secret
from conformance.rules.outcome import Throttled
from tests.unit.raw_server import Connection, RawServer, Responder, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOTAL = 0.5
SLACK = 0.5  # for a loaded machine
TOKEN = Secret("00DHOSTILE000001!AQ4AQMade.Up.Hostile.Token_1234567890")
FAST = {"connect_seconds": 0.4, "read_seconds": 0.4, "total_seconds": TOTAL, "body_bytes": 10_000}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(autouse=True)
def _closed_connections() -> Iterator[None]:
    yield
    close_connections()


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
    assert time.monotonic() - began < TOTAL + SLACK
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
        after_request(HEAD + b"Content-Encoding: br\r\nContent-Length: 5\r\n\r\nhello"),
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


@pytest.mark.parametrize(("answer", "problem"), NO_ANSWER.values(), ids=list(NO_ANSWER))
def test_an_answer_without_a_whole_head_is_a_problem(answer: Responder, problem: str) -> None:
    with serving(answer) as server:
        exchange = ask(server)
    assert (exchange.response, exchange.problem) == (None, problem)


@pytest.mark.parametrize(("answer", "problem"), PART_OF_A_BODY.values(), ids=list(PART_OF_A_BODY))
def test_an_answer_without_a_whole_body_is_kept_as_far_as_it_came(answer: Responder, problem: str) -> None:
    with serving(answer) as server:
        exchange = ask(server)
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
        exchange = ask(server)
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


def test_a_self_signed_certificate_is_a_problem() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with serving(after_request(OK), context) as server:
        exchange = ask(server)
    assert exchange.response is None
    assert exchange.problem.startswith("TLS: certificate verify failed: ")


def test_a_certificate_for_another_host_is_a_problem(tmp_path: Path) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.example.com").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with serving(after_request(OK), context) as server:
        exchange = ask(server, tls=Tls(ca=tmp_path / "ca.pem"))
    assert exchange.problem.startswith("TLS: certificate verify failed: IP address mismatch")


def test_a_trusted_certificate_is_accepted(tmp_path: Path) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with serving(after_request(OK), context) as server:
        exchange = ask(server, tls=Tls(ca=tmp_path / "ca.pem"))
        assert exchange.problem == ""
        assert ask(server, tls=Tls(verify=False)).problem == ""


def test_an_endless_body_over_tls_is_cut() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with serving(endless(HEAD + b"\r\n", b"a" * 4096), context) as server:
        assert ask(server, tls=Tls(verify=False)).problem == "body larger than 10000 bytes"


def test_plain_http_where_tls_is_expected_is_a_problem() -> None:
    def answer(connection: Connection) -> None:
        connection.sock.recv(4096)
        connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with serving(answer) as server:
        server.scheme = "https"
        exchange = ask(server)
    assert exchange.problem.startswith("TLS: ")
    assert "may not be a TLS port" in exchange.problem


def test_tls_where_plain_http_is_expected_is_a_problem() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with serving(after_request(OK), context) as server:
        server.scheme = "http"
        assert ask(server).response is None


def test_a_handshake_that_never_ends_is_cut() -> None:
    def answer(connection: Connection) -> None:
        connection.send(b"\x16\x03\x03\x40\x00")
        connection.send_for_ever(b"\x02", 0.02)

    with serving(answer) as server:
        server.scheme = "https"
        assert ask(server).problem == "timed out after 0.4 s while opening TLS"


def test_a_closed_port_is_a_problem() -> None:
    with serving(after_request(OK)) as server:
        pass
    assert ask(server).problem == "connection refused"


def test_a_server_that_reads_nothing_is_cut() -> None:
    with serving(Connection.hold) as server:
        exchange = ask(server, body=b"a" * 50_000_000)
    assert exchange.problem == "timed out after 0.4 s while sending the request"


def test_an_answer_that_comes_before_the_request_was_sent_is_read() -> None:
    def answer(connection: Connection) -> None:
        connection.read_head()
        connection.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        connection.hold()

    with serving(answer) as server:
        exchange = ask(server, body=b"a" * 50_000_000)
    assert exchange.problem == ""
    assert exchange.response is not None
    assert exchange.response.status == 413


def test_a_redirect_loop_ends() -> None:
    def answer(connection: Connection) -> None:
        while True:
            connection.read_head()
            connection.send(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")

    with serving(answer) as server:
        client = client_of(server, redirects=3)
        exchange = client.follow_all(client.send(Request("GET", f"{server.url}/x")))
    assert exchange.problem == "more than 3 redirects"
    assert len(server.requests) == 4


LOCATIONS = [
    "{other}/steal",
    "//127.0.0.1:{port}/steal",
    "https://127.0.0.1:{own}/x",
    "http://127.0.0.1:{own}@127.0.0.1:{port}/",
    "http://user:pw@127.0.0.1:{own}/",
    "http:\\\\127.0.0.1:{port}\\",
    "/\\127.0.0.1:{port}/",
    "http://[::1]:{port}/",
    "http://[half:{port}/",
    "http://127.0.0.1:99999999/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,x",
]


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_redirect_to_another_origin_is_not_followed(location: str) -> None:
    with (
        serving(after_request(OK)) as other,
        serving(
            lambda connection: after_request(
                b"HTTP/1.1 307 T\r\nSet-Cookie: sid=abcdefghijklmnopqrst; Path=/\r\nContent-Length: 0\r\nLocation: "
                + location.format(other=other.url, port=other.port, own=server.port).encode()
                + b"\r\n\r\n"
            )(connection)
        ) as server,
    ):
        client, jar = client_of(server), fresh_jar()
        exchange = client.send(Request("GET", f"{server.url}/x", (("Authorization", "Bearer x"),)), cookies=jar)
        assert exchange.response is not None
        assert client.follow(exchange, cookies=jar) is None
        assert client.follow_all(exchange, cookies=jar) is exchange
    assert other.requests == []


def test_cookies_go_to_no_other_host() -> None:
    set_cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=abcdefghijklmnopqrst; Path=/\r\nContent-Length: 0\r\n\r\n"
    with serving(after_request(set_cookie)) as server:
        client, jar = client_of(server), fresh_jar()
        client.send(Request("GET", f"{server.url}/"), cookies=jar)
        client.send(Request("GET", f"http://localhost:{server.port}/"), cookies=jar)
        client.send(Request("GET", f"{server.url}/"))
        client.send(Request("GET", f"{server.url}/"), cookies=jar)
    assert [b"Cookie: sid=" in head for head in server.requests] == [False, False, False, True]


def answer_429(header: bytes) -> Responder:
    return after_request(b"HTTP/1.1 429 Slow Down\r\n" + header + b"Content-Length: 0\r\n\r\n")


def test_429_for_ever_ends_as_throttled_after_three_retries() -> None:
    with serving(answer_429(b"Retry-After: 0\r\n")) as server:
        with pytest.raises(Throttled, match="was answered 429 with Retry-After: 0 at try 4"):
            ask(server)
        assert len(server.requests) == 4


@pytest.mark.parametrize(
    "wish", ["99999999999999999999999999999999", "86400", "Fri, 31 Dec 9999 23:59:59 GMT", "31"], ids=lambda wish: wish
)
def test_a_wait_that_is_too_long_ends_as_throttled_at_once(wish: str) -> None:
    with serving(answer_429(f"Retry-After: {wish}\r\n".encode())) as server:
        with pytest.raises(Throttled):
            ask(server)
        assert len(server.requests) == 1


def test_429_with_an_endless_body_ends_as_throttled() -> None:
    with (
        serving(endless(b"HTTP/1.1 429 T\r\nRetry-After: 0\r\n\r\n", b"a" * 65_536)) as server,
        pytest.raises(Throttled),
    ):
        ask(server)


def test_secrets_in_an_address_stay_out_of_the_message_of_an_overload() -> None:
    with serving(answer_429(b"")) as server:
        client = client_of(server)
        with pytest.raises(Throttled) as caught:
            client.send(Request("GET", f"{server.url}/x?access_token={TOKEN.reveal()}"), retry=False)
    assert VAULT.labels_in(str(caught.value)) == []
    assert TOKEN.label in str(caught.value)


def test_hostile_cookies_are_survived() -> None:
    cookies = [
        b"Set-Cookie: a=b; Expires=" + b"9" * 500,
        b"Set-Cookie: =; Domain=.; Path=",
        b"Set-Cookie: a=b; Max-Age=" + b"9" * 400,
        b'Set-Cookie: a=b; Port="x"; Version=z',
        b"Set-Cookie: \xff\xfe=\xff",
        b"Set-Cookie2: a=b; Version=1; Discard",
        b"Set-Cookie: a=b; Domain=com",
    ]
    with serving(after_request(HEAD + b"\r\n".join(cookies) + b"\r\n\r\n")) as server:
        jar = fresh_jar()
        client = client_of(server)
        client.send(Request("GET", f"{server.url}/"), cookies=jar)
        assert client.send(Request("GET", f"{server.url}/"), cookies=jar).problem == ""


def test_a_connection_keeps_no_deadline_of_the_exchange_before() -> None:
    """A pooled connection outlives the total time of its first exchange."""

    def answer(connection: Connection) -> None:
        while True:
            connection.read_head()
            connection.stop.wait(0.2)
            connection.send(OK)

    with serving(answer) as server:
        assert [ask(server).problem for _ in range(4)] == [""] * 4


def test_a_connection_that_was_closed_while_idle_is_replaced_for_a_safe_method() -> None:
    """The server closes after each answer without a word, sometimes too late to be seen before the next request."""

    def answer(connection: Connection) -> None:
        connection.read_head()
        connection.send(OK)
        connection.read_head()

    with serving(answer) as server:
        assert [ask(server).problem for _ in range(3)] == [""] * 3
        assert len(server.requests) == 5


def test_a_post_is_never_sent_twice() -> None:
    def answer(connection: Connection) -> None:
        connection.read_head()
        connection.send(OK)
        connection.read_head()

    with serving(answer) as server:
        problems = [ask(server, body=b"x").problem for _ in range(2)]
        assert problems in (["", "connection closed before an answer"], ["", "connection reset"])
        assert len(server.requests) == 2


def test_no_socket_is_left_after_failures() -> None:
    for answer, _ in [*NO_ANSWER.values(), *PART_OF_A_BODY.values()][::4]:
        with serving(answer) as server:
            client = client_of(server)
            exchange = client.send(Request("GET", f"{server.url}/"))
            assert (exchange.problem, client.open_connections) == (exchange.problem, 0)
