"""What is logged while traffic goes by: no credential, nothing that a terminal obeys, and what no hook is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from mitmproxy import flow
from mitmproxy.test import tflow

from conformance.rules.url_tokens import Level
from proxy_addons import logs
from proxy_addons.recorder import Recorder
from proxy_addons.shared_observation import SharedObservation

TOKEN = "00D000000000001!AQ4AQ.logged_made_up." + "Zb8Yc7Vd6We5Uf4Tg3Sh2Ri1" * 4
OPAQUE = "q7Zk2Vb9Xw4Lm6Tn8Rp1Sd3Flg"
CORE = logging.getLogger("mitmproxy.proxy.server")


@pytest.fixture
def heard() -> Iterator[SharedObservation]:
    listening = SharedObservation()
    logs.redact(listening)
    yield listening
    logs.restore()


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (f"Bad HTTP request line: b'GET /a?sid={TOKEN} HTTP/1.1'", "Bad HTTP request line: b'GET /a?sid=REDACTED"),
        (f"Invalid header line: b'Authorization Bearer {OPAQUE}'", "Invalid header line: (bytes)"),
        (f'Invalid header line: b"it\'s \\"{OPAQUE}"', "Invalid header line: (bytes)"),
        (
            f"Client TLS handshake failed. Cannot parse ClientHello: 160301{OPAQUE.encode().hex()}",
            "ClientHello: (bytes)",
        ),
        (f"Client closed connection before completing request headers: b'GET /{OPAQUE}'", "request headers: (bytes)"),
        (f"Received WebSocket ping from client (payload: b'{OPAQUE}')", "(payload: (bytes))"),
        ("server connect a.example.com:443", "server connect a.example.com:443"),
    ],
)
def test_what_mitmproxy_quotes_of_the_traffic_is_left_out(
    heard: SharedObservation, caplog: pytest.LogCaptureFixture, message: str, said: str
) -> None:
    with caplog.at_level(logging.INFO):
        CORE.info("%s", message)
    [record] = caplog.messages
    assert said in record
    assert not [secret for secret in (TOKEN, OPAQUE, OPAQUE.encode().hex()) if secret in record]


@pytest.mark.parametrize("name", ["mitmproxy.proxy.server", "proxy_addons.query_tokens", "other"])
def test_nothing_is_logged_that_a_terminal_obeys(
    heard: SharedObservation, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """ESC, BEL, a carriage return, and a mark that turns the direction of writing; lines stay lines."""
    logging.getLogger(name).error("one\x1b]52;c;x\x07\r\u202e\ntwo")
    assert caplog.messages == ["one\\x1b]52;c;x\\x07\\r\\u202e\ntwo"]


@pytest.mark.parametrize(
    ("line", "template"),
    [
        (f"GET /a b?access_token={TOKEN} HTTP/1.1", "/a b"),
        (f"GET /HTTP/1.1 b/{TOKEN}/c  HTTP/9", "/HTTP/1.1 b/{secret}/c"),
        (f"GET /a b/{TOKEN}/c HTTP/", "/a b/{secret}/c"),
        (f"GET  /a b/{TOKEN}/c", "/a b/{secret}/c"),
    ],
)
def test_the_target_of_a_refused_request_line_is_what_stands_between_method_and_version(
    heard: SharedObservation, line: str, template: str
) -> None:
    """Also where blanks in it, or its version, were the reason."""
    CORE.error(f"Bad HTTP request line: b'{line}'")
    [one] = heard.observation.findings.values()
    assert (one.finding.level, one.finding.path_template) == (Level.LEAK, template)
    assert heard.observation.dropped == 0


@pytest.mark.parametrize(
    "message",
    [
        "Invalid header line: b'made up'",
        "Invalid headers",
        "HTTP/2 protocol error: Invalid HTTP/2 request headers: Required pseudo header is missing: b':path'",
        "Bad HTTP request line: b'GET'",
    ],
)
def test_a_refused_request_that_no_hook_is_told_of_counts_as_not_checked(
    heard: SharedObservation, message: str
) -> None:
    CORE.error("127.0.0.1:1234: %s", message)
    assert heard.observation.unread == 1


def test_an_error_of_a_flow_is_kept_without_the_bytes_that_it_quotes() -> None:
    failed = tflow.tflow(err=True)
    failed.error = flow.Error(f"Received invalid header name: b'{OPAQUE}' from client")
    recorder = Recorder()
    recorder.listening = SharedObservation()
    recorder.keep(failed)
    [kept] = recorder.exchanges()
    assert kept.problem == "Received invalid header name: (bytes) from client"
