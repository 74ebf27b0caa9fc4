"""A request of exact bytes goes out as it stands, on a connection of its own, and its answer is read like any other."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import pytest

from conformance.config.limits import Limits
from conformance.config.roles import FileService
from conformance.config.target import Target
from conformance.http.client import Client, close_connections
from conformance.http.exchange import Evidence, Exchange, Request
from conformance.http.transport.address import redirected
from conformance.rules.outcome import NotTested
from tests.unit.raw_server import Connection, RawServer, Responder, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = b"5\r\nfirst\r\nxyz\r\n"
END = b"the-end-of-what-is-sent"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.fixture(autouse=True)
def _closed_connections() -> Iterator[None]:
    yield
    close_connections()


def client_of(url: str, **target: Any) -> Client:
    limits = Limits(requests_per_second=10_000, total_seconds=20, body_bytes=300_000)
    role = FileService(url=f"{url}/{{name}}")
    return Client(Target(name="acme", file_service=role, **{"limits": limits, **target}), requirement="BIN-45", run="r")


def exact(server: RawServer, *headers: tuple[str, str], method: str = "PUT", body: bytes = BODY) -> Exchange:
    """Send a request of exact bytes, and return what came of it."""
    return client_of(server.url).send(Request(method, f"{server.url}/a", headers, body, exact=True))


def after_all(answer: bytes, wire: list[bytes] | None = None) -> Responder:
    """Responder once everything has come; the bytes of each connection are kept."""

    def serve(connection: Connection) -> None:
        came = b""
        while not came.endswith((END, BODY)):
            data = connection.sock.recv(65_536)
            if not data:
                break
            came += data
        if wire is not None:
            wire.append(came)
        connection.send(answer)

    return serve


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((("Content-Length", "5"), ("Content-Length", "10")), BODY),
        ((("Content-Length", "5, 10"),), BODY),
        ((("Content-Length", "+10"), ("Transfer-Encoding", "chunked, gzip")), BODY),
        ((("Transfer-Encoding", "seasonproof, chunked"),), b"\x00\xff\n\r" + END),
        ((), END),
    ],
)
def test_head_and_body_arrive_as_they_were_given(headers: tuple[tuple[str, str], ...], body: bytes) -> None:
    """No header is added that frames the body, and none is put right."""
    wire = list[bytes]()
    with serving(after_all(NO_CONTENT, wire)) as server:
        exchange = exact(server, *headers, body=body)
        port = server.port
    assert (exchange.status, exchange.problem) == (204, "")
    head, _, came = wire[0].partition(b"\r\n\r\n")
    assert came == body
    given = [f"{name}: {value}".encode() for name, value in headers]
    agent = f"User-Agent: {exchange.request.header('user-agent')}".encode()
    added = [b"Host: 127.0.0.1:%d" % port, agent, b"Accept: */*", b"Accept-Encoding: identity"]
    assert head.split(b"\r\n") == [b"PUT /a HTTP/1.1", *added, *given, b"Connection: close"]


def test_each_one_has_a_connection_of_its_own() -> None:
    """What is left of a framing that was read in another way is never the beginning of the next request."""
    wire = list[bytes]()
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with serving(after_all(ok, wire)) as server:
        client = client_of(server.url)
        for _ in range(2):
            client.send(Request("PUT", f"{server.url}/a", (), BODY, exact=True))
        assert client.open_connections == 0
    assert len(wire) == 2
    assert all(came.count(b"PUT /a") == 1 for came in wire)


@pytest.mark.parametrize(
    ("answer", "status", "content", "problem"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfile", 200, b"file", ""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfile\r\n0\r\n\r\n", 200, b"file", ""),
        (b"HTTP/1.0 400 Bad\r\n\r\nuntil it closes", 400, b"until it closes", ""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n" + NO_CONTENT, 204, b"", ""),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfil",
            200,
            b"fil",
            "connection closed before the end of the body",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 200, b"", "not valid HTTP"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", 0, b"", "connection closed in the response head"),
        (b"HTTP/1.1 200", 0, b"", "connection closed in the response head"),
        (b"SSH-2.0-server\r\n\r\n", 0, b"", "not valid HTTP"),
        (b"", 0, b"", "connection closed before an answer"),
    ],
)
def test_an_answer_is_kept_as_far_as_it_came(answer: bytes, status: int, content: bytes, problem: str) -> None:
    """One that breaks off in its body has a status all the same."""
    with serving(after_all(answer)) as server:
        exchange = exact(server)
    assert exchange.status == status
    assert exchange.problem.startswith(problem)
    assert bool(exchange.problem) == bool(problem)
    if exchange.response is not None:
        assert exchange.response.body == content
        assert exchange.response.complete == (not problem)


def test_the_answer_to_head_has_no_body_whatever_it_announces() -> None:
    with serving(after_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")) as server:
        exchange = exact(server, method="HEAD")
    assert (exchange.status, exchange.problem) == (200, "")


def test_a_body_is_read_up_to_its_bound() -> None:
    """Which is larger than what a head may have."""
    with serving(after_all(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000)) as server:
        exchange = exact(server)
    assert exchange.response is not None
    assert exchange.response.body == b"x" * 300_000


def test_an_answer_that_comes_before_all_is_sent_is_read() -> None:
    """A server that refuses the head need not read the body, and may close."""

    def refuse(connection: Connection) -> None:
        connection.read_head()
        connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
        connection.hold()

    with serving(refuse) as server:
        exchange = exact(server, ("Content-Length", "5"), body=b"x" * 30_000_000)
    assert (exchange.status, exchange.problem) == (400, "")


def test_a_connection_that_is_reset_is_a_problem() -> None:
    def reset(connection: Connection) -> None:
        connection.read_head()
        connection.reset()

    with serving(reset) as server:
        exchange = exact(server)
    assert (exchange.response, exchange.problem) == (None, "connection reset")


def test_a_server_that_says_nothing_is_given_up() -> None:
    with serving(Connection.hold) as server:
        client = client_of(server.url, limits=Limits(requests_per_second=10_000, read_seconds=0.2, total_seconds=20))
        exchange = client.send(Request("PUT", f"{server.url}/a", (), BODY, exact=True))
    assert (exchange.response, exchange.problem) == (None, "timed out after 0.2 s while waiting for the response")


def test_a_closed_port_is_a_problem() -> None:
    with serving(after_all(NO_CONTENT)) as server:
        url = server.url
    assert client_of(url).send(Request("PUT", f"{url}/a", (), BODY, exact=True)).problem == "connection refused"


def test_a_certificate_is_looked_at() -> None:
    """As for every other request: one that nobody vouches for is refused before anything is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    wire = list[bytes]()
    with serving(after_all(NO_CONTENT, wire), context) as server:
        exchange = exact(server)
    assert exchange.problem.startswith("TLS: ")
    assert wire == []


def test_nothing_is_sent_through_a_proxy() -> None:
    """It would read the framing, and answer in place of the target."""
    wire = list[bytes]()
    with serving(after_all(NO_CONTENT, wire)) as proxy:
        client = client_of("http://files.example.com", proxy=proxy.url)
        with pytest.raises(NotTested, match="not sent through a proxy"):
            client.send(Request("PUT", "http://files.example.com/a", (), BODY, exact=True))
    assert wire == []


def test_a_redirect_of_one_is_not_followed() -> None:
    """What it frames belongs to the address that it was made for."""
    with serving(after_all(b"HTTP/1.1 307 There\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")) as server:
        exchange = exact(server)
    assert exchange.status == 307
    assert redirected(exchange) is None


def test_the_evidence_says_that_curl_frames_the_body_itself() -> None:
    with serving(after_all(NO_CONTENT)) as server:
        evidence = Evidence.of(exact(server, ("Content-Length", "5, 10")))
    assert evidence.curl.endswith("here it went out with this framing, byte for byte")
