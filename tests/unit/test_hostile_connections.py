"""Certificates, handshakes and closed ports: each ends in a problem, and none in a hang."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from conformance.config.target import Tls
from tests.unit.hostile_server import HEAD, OK, after_request, ask, endless
from tests.unit.raw_server import Connection, serving

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("closed_connections")


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
