"""The client sends exactly what it is told, says who it is, keeps its pace, and waits when it is asked to."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from conformance.config.limits import Limits
from conformance.config.roles import SingleAccess
from conformance.config.target import Target, Tls
from conformance.documents import UsageProblem
from conformance.http.client import KEPT, Client, fresh_jar
from conformance.http.exchange import Exchange, Request
from conformance.http.transport.pacing import Pace, retry_after
from conformance.redaction import VAULT, Secret
from conformance.rules.outcome import NotTested, Throttled
from tests.unit.raw_server import Connection, RawServer, Responder, serving

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = Secret("00D000000000001!AQ4AQ.client-made-up-token-1234567890")
pytestmark = pytest.mark.usefixtures("closed_connections")


def echo(connection: Connection) -> None:
    """Answer every request on the connection with its own head."""
    while True:
        head = connection.read_head()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(head), head))


def answering(*answers: bytes) -> Responder:
    """Give these answers in turn, over all connections; the last one again and again."""
    rest = list(answers)

    def answer(connection: Connection) -> None:
        while True:
            connection.read_head()
            connection.send(rest.pop(0) if len(rest) > 1 else rest[0])

    return answer


def status(code: int, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {code} Status", *headers, "Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode()


def target_of(url: str, proxy: str | None = None, **limits: Any) -> Target:
    return Target(
        name="acme",
        single_access=SingleAccess(base_url=url, token=TOKEN),
        proxy=proxy,
        limits=Limits(**{"requests_per_second": 10_000, "total_seconds": 5, **limits}),
    )


def client_of(server: RawServer, *, sleep: Any = None, **limits: Any) -> Client:
    waits: Any = {} if sleep is None else {"sleep": sleep}
    return Client(target_of(server.url, **limits), requirement="SAB-01", run="r1", **waits)


def body_of(exchange: Exchange) -> str:
    assert exchange.problem == ""
    assert exchange.response is not None
    return exchange.response.text


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/%61/../b/./c;d=e?x=;&y=%zz&%3D",
        "/a//b",
        "/{x}[y]|^`\"<>'",
        "/%2F%2f?",
        "/?a?b#fragment",
        "?only=query",
        "",
    ],
)
def test_the_request_target_goes_out_as_it_stands(target: str) -> None:
    with serving(echo) as server:
        body = body_of(client_of(server).send(Request("GET", server.url + target)))
    sent = target.partition("#")[0]
    assert body.startswith(f"GET {sent if sent.startswith('/') else '/' + sent} HTTP/1.1\r\n")


def test_a_request_says_who_sends_it_and_on_whose_behalf() -> None:
    with serving(echo) as server:
        head = body_of(
            client_of(server).send(Request("GET", f"{server.url}/x", (("X-Case", "Kept"), ("X-Case", "twice"))))
        )
    lines = head.split("\r\n")
    assert lines[1:-2] == [
        f"Host: 127.0.0.1:{server.port}",
        lines[2],
        "Accept: */*",
        "Accept-Encoding: identity",
        "X-Case: Kept",
        "X-Case: twice",
    ]
    assert lines[2].startswith("User-Agent: seasonproof/")
    assert lines[2].endswith(" SAB-01 run/r1")


def test_headers_of_the_request_replace_those_of_the_client() -> None:
    headers = (("host", "other.example.com"), ("user-agent", "x"), ("accept-encoding", "gzip"), ("ACCEPT", "a/b"))
    with serving(echo) as server:
        head = body_of(client_of(server).send(Request("GET", f"{server.url}/x", headers)))
    assert head.split("\r\n")[1:-2] == [f"{name}: {value}" for name, value in headers]


@pytest.mark.parametrize(
    ("method", "body", "length"), [("POST", b"a=1", "3"), ("POST", b"", "0"), ("DELETE", b"", None)]
)
def test_a_length_is_sent_where_a_body_is_expected(method: str, body: bytes, length: str | None) -> None:
    with serving(echo) as server:
        exchange = client_of(server).send(Request(method, f"{server.url}/x", (), body))
    assert exchange.request.header("content-length") == length
    assert ("Content-Length: " in body_of(exchange)) == (length is not None)


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "ftp://acme.example.com/"),
        Request("GET", "https://user:made-up-password-1@acme.example.com/"),
        Request("GET", "https:///x"),
        Request("GET", "https://acme.example.com:99999/"),
        Request("GET", "{url}/\u20ac"),
        Request("GET", "{url}/a b"),
        Request("GET", "{url}/a\r\nX: y"),
        Request("GET", "{url}/", (("X", f"{TOKEN.reveal()}\r\nY: z"),)),
        Request("G\u00cbT", "{url}/"),
        Request("GET\r\n", "{url}/"),
        Request("GET", f"http://{'a' * 70}.example.com/"),
    ],
    ids=range(11),
)
def test_what_cannot_be_sent_is_a_problem_without_its_content(request_: Request) -> None:
    with serving(echo) as server:
        exchange = client_of(server).send(replace(request_, url=request_.url.replace("{url}", server.url)))
        assert server.requests == []
    assert exchange.response is None
    assert exchange.problem.startswith(("not sent: ", "the host name is not known"))
    assert VAULT.labels_in(exchange.problem) == []


def test_exchanges_are_handed_on_and_the_last_ones_are_kept() -> None:
    seen: list[Exchange] = []
    with serving(echo) as server:
        client = Client(target_of(server.url), requirement="SAB-02", run="r1", on_exchange=seen.append)
        for number in range(KEPT + 3):
            client.send(Request("GET", f"{server.url}/{number}"))
    assert len(seen) == KEPT + 3
    assert list(client.exchanges) == seen[3:]
    assert {exchange.requirement for exchange in seen} == {"SAB-02"}
    assert all(exchange.seconds > 0 and exchange.started.tzinfo is UTC for exchange in seen)


def test_connections_are_shared_by_the_clients_of_a_target() -> None:
    connections: list[Connection] = []

    def answer(connection: Connection) -> None:
        connections.append(connection)
        echo(connection)

    with serving(answer) as server:
        for _ in range(5):
            with client_of(server) as client:
                client.send(Request("GET", f"{server.url}/"))
    assert len(connections) == 1


def test_no_cookie_is_kept_without_a_jar_and_each_jar_is_alone() -> None:
    with serving(answering(status(200, "Set-Cookie: sid=made-up-session-1234; Path=/; Secure; HttpOnly"))) as server:
        client, jar = client_of(server), fresh_jar()
        for cookies in (None, jar, None, jar, fresh_jar()):
            client.send(Request("GET", f"{server.url}/"), cookies=cookies)
    assert [b"Cookie: sid=made-up-session-1234" in head for head in server.requests] == [
        False,
        False,
        False,
        True,
        False,
    ]
    assert VAULT.labels_in("made-up-session-1234") == ["cookie#1"]


@pytest.mark.parametrize(
    "minted",
    [
        b'{"access_token": "made-up-minted-%d-token"}',
        b'{"a": {"client_secret" : "made-up-minted-%d-token"}}',
        b'{"frontdoor_uri": "https:\\/\\/acme.example.com\\/frontdoor?a=b\\u0026otp=made-up-minted-%d-token"}',
        b'<a href="https://acme.example.com/x?sid=made-up-minted-%d-token&amp;y=1">',
    ],
)
def test_what_a_target_mints_is_masked_from_then_on(minted: bytes, request: pytest.FixtureRequest) -> None:
    number = abs(hash(request.node.name)) % 10**9
    body = minted % number
    with serving(answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))) as server:
        exchange = client_of(server).send(Request("GET", f"{server.url}/"))
    assert VAULT.redact(f"made-up-minted-{number}-token") != f"made-up-minted-{number}-token"
    assert f"made-up-minted-{number}" not in repr(exchange)


def test_debug_logs_show_no_header(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        serving(answering(status(200, "Set-Cookie: sid=made-up-logged-12345"))) as server,
    ):
        client_of(server).send(Request("GET", f"{server.url}/", (("Authorization", f"Bearer {TOKEN.reveal()}"),)))
    assert "made-up-logged" not in caplog.text
    assert TOKEN.reveal() not in caplog.text


@pytest.mark.parametrize("busy", [status(429, "Retry-After: 2"), status(503, "Retry-After: 2"), status(429)])
def test_an_overload_is_waited_for_and_never_returned(busy: bytes) -> None:
    waits: list[float] = []
    with serving(answering(busy, busy, status(403))) as server:
        client = client_of(server, sleep=waits.append)
        exchange = client.send(Request("POST", f"{server.url}/", (), b"x"))
    assert exchange.response is not None
    assert exchange.response.status == 403
    assert [wait for wait in waits if wait >= 1] == ([2.0, 2.0] if b"Retry-After" in busy else [1.0, 1.0])
    assert len(client.exchanges) == 3


def test_waits_are_bounded_in_all() -> None:
    waits: list[float] = []
    with serving(answering(status(429, "Retry-After: 4"))) as server, pytest.raises(Throttled) as caught:
        client_of(server, sleep=waits.append, retry_after_seconds=10).send(Request("GET", f"{server.url}/"))
    assert [wait for wait in waits if wait >= 1] == [4.0, 4.0]
    assert "retry_after_seconds" in caught.value.advice


@pytest.mark.parametrize("busy", [status(429), status(503, "Retry-After: 0")])
def test_an_overload_is_raised_at_once_where_a_refusal_is_expected(busy: bytes) -> None:
    with serving(answering(busy)) as server:
        with pytest.raises(Throttled):
            client_of(server).send(Request("GET", f"{server.url}/"), retry=False)
        assert len(server.requests) == 1


@pytest.mark.parametrize("code", [400, 401, 403, 404, 500, 502, 503, 504])
def test_no_other_answer_is_tried_again(code: int) -> None:
    with serving(answering(status(code))) as server:
        exchange = client_of(server).send(Request("GET", f"{server.url}/"))
        assert len(server.requests) == 1
    assert exchange.response is not None
    assert exchange.response.status == code


NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, 1),
        ("", 1),
        ("0", 0),
        (" 7 ", 7),
        ("-5", 1),
        ("1.5", 1),
        ("soon", 1),
        ("9" * 400, 999_999_999_999),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30),
        ("Monday, 23-Nov-26 12:00:30 GMT", 30),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ("Mon, 99 Nov 2026 11:00:00 GMT", 1),
        ("x" * 100_000, 1),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(value: str | None, seconds: float) -> None:
    assert retry_after(value, NOW) == seconds


def test_requests_keep_their_distance_over_all_clients_and_threads() -> None:
    with serving(echo) as server:
        starts: list[float] = []

        def work() -> None:
            client = client_of(server, requests_per_second=50)
            for _ in range(3):
                exchange = client.send(Request("GET", f"{server.url}/"))
                starts.append(exchange.started.timestamp())

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(starts) == 12
    assert max(starts) - min(starts) >= 11 / 50 - 0.03


def test_the_budget_is_shared_by_all_clients_of_a_target() -> None:
    with serving(echo) as server:
        for _ in range(3):
            client_of(server, requests=3).send(Request("GET", f"{server.url}/"))
        with pytest.raises(NotTested, match="the request budget of 3 is used up") as caught:
            client_of(server, requests=3).send(Request("GET", f"{server.url}/"))
        tidy = client_of(server, requests=3)
        tidy.cleans_up = True
        tidy.send(Request("DELETE", f"{server.url}/"))
        assert len(server.requests) == 4
    assert caught.value.advice == "raise limits.requests in the target file"


def test_a_pace_never_lets_two_requests_start_together() -> None:
    waits: list[float] = []
    pace = Pace(1, 100)
    for _ in range(4):
        pace.take(waits.append)
    assert [round(wait) for wait in waits] == [1, 2, 3]


def test_threads_that_share_a_client_get_their_own_answers_in_their_own_time() -> None:
    """Slow and quick exchanges share connections; the slow ones run out of time, the quick ones do not."""

    def answer(connection: Connection) -> None:
        while True:
            head = connection.read_head()
            if b"/slow" in head:
                connection.send_for_ever(b"H", 0.02)
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(head), head))

    wrong: list[str] = []

    def work(client: Client, url: str, name: str) -> None:
        for number in range(3 if name.startswith("slow") else 40):
            began = time.monotonic()
            exchange = client.send(Request("GET", f"{url}/{name}-{number}"))
            if name.startswith("slow"):
                expected = "timed out after 0.4 s while waiting for the response"
                right = exchange.problem == expected and time.monotonic() - began < 0.9
            else:
                right = exchange.response is not None and f"/{name}-{number} " in exchange.response.text
            if not right:
                wrong.append(f"{name}-{number}: {exchange!r}")

    with serving(answer) as server:
        client = client_of(server, total_seconds=0.4)
        kinds = ["slow-a", "slow-b", "quick-a", "quick-b", "quick-c", "quick-d"]
        threads = [threading.Thread(target=work, args=(client, server.url, kind)) for kind in kinds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_a_proxy_is_asked_for_the_whole_address() -> None:
    with serving(echo) as proxy:
        client = Client(target_of("http://acme.example.com", proxy=proxy.url), run="r1")
        body = body_of(client.send(Request("GET", "http://acme.example.com/%61;x?y=;")))
    assert body.startswith("GET http://acme.example.com/%61;x?y=; HTTP/1.1\r\nHost: acme.example.com\r\n")


def test_a_proxy_that_refuses_a_tunnel_is_a_problem() -> None:
    with serving(answering(status(407))) as proxy:
        client = Client(target_of("https://acme.example.com", proxy=proxy.url), run="r1")
        exchange = client.send(Request("GET", "https://acme.example.com/x", (("Authorization", "Bearer made-up"),)))
        assert b"made-up" not in b"".join(proxy.requests)
    assert exchange.problem == "the proxy answered 407"


@pytest.mark.parametrize("field", ["ca", "certificate"])
def test_unusable_tls_files_are_a_usage_problem(field: str, tmp_path: Path) -> None:
    path = tmp_path / "made-up.pem"
    path.write_text("no certificate", "utf-8")
    target = target_of("https://acme.example.com").model_copy(update={"tls": Tls(**{field: path})})
    with pytest.raises(UsageProblem, match=f"tls.{field}: "):
        Client(target, run="r1")
