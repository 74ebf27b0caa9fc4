"""Redirects, overloads and cookies of a hostile server: each ends, and no credential goes elsewhere."""

from __future__ import annotations

import pytest

from conformance.http.client import fresh_jar
from conformance.http.exchange import Request
from conformance.redaction import VAULT
from conformance.rules.outcome import Throttled
from tests.unit.hostile_server import HEAD, OK, TOKEN, after_request, ask, client_of, endless
from tests.unit.raw_server import Connection, Responder, serving

pytestmark = pytest.mark.usefixtures("closed_connections")


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
