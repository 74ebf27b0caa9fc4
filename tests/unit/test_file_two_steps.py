"""Uploads in two steps: what the POST says, which address its answer gives, and to whom credentials are shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from conformance.config.limits import Limits
from conformance.config.roles import Begin, FileService
from conformance.config.target import Target
from conformance.http.client import Client, close_connections
from conformance.http.exchange import Exchange, Request, Response
from conformance.judging.journal import Journal
from conformance.judging.matchers import CaseRecord
from conformance.redaction import Secret
from conformance.rules.outcome import Inconclusive
from conformance.suites.binary_files.driver import FileStore
from conformance.suites.binary_files.remote_file import RemoteFile
from conformance.suites.binary_files.two_steps import address_in, first_step
from tests.unit.raw_server import Connection, Responder, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BEGIN = "https://files.example.com/v1/uploads"
SIGNATURE = "a-made-up-signature-of-files"


@pytest.fixture(autouse=True)
def _closed_connections() -> Iterator[None]:
    yield
    close_connections()


def store_with(folder: Path, **role: Any) -> FileStore:
    declared = FileService(**{"url": "https://files.example.com/v1/{name}", **role})
    limits = Limits(requests_per_second=10_000, total_seconds=20)
    client = Client(Target(name="acme", file_service=declared, limits=limits), requirement="BIN-01", run="r")
    return FileStore(declared, client, CaseRecord(), Journal.open(folder, "run"))


def begun(response: Response | None, url: str = f"{BEGIN}?key=1") -> Exchange:
    return Exchange(Request("POST", url), response, "", datetime.now(UTC), 0.0)


# ------------------------------------------------------------------ the POST


def test_the_name_stands_encoded_in_its_address(tmp_path: Path) -> None:
    file = RemoteFile(store_with(tmp_path), "a b/ü.bin")
    request = first_step(Begin(url=f"{BEGIN}?name={{name}}"), file)
    assert (request.method, request.url) == ("POST", f"{BEGIN}?name=a%20b%2F%C3%BC.bin")
    assert (request.headers, request.body) == ((), b"")


@pytest.mark.parametrize(
    "name", ["plain.bin", "quote'and\"quote.bin", "back\\slash.bin", "grüße \U0001f4be.bin", "{name}"]
)
def test_the_name_stands_in_the_json_of_its_body(tmp_path: Path, name: str) -> None:
    """Whatever characters it has, the body is JSON, and holds the name."""
    begin = Begin(url=BEGIN, body='{"name": "{name}", "kind": "file"}')
    request = first_step(begin, RemoteFile(store_with(tmp_path), name))
    assert request.headers == (("Content-Type", "application/json"),)
    assert json.loads(request.body) == {"name": name, "kind": "file"}


# --------------------------------------------------------------- its answer


@pytest.mark.parametrize(
    ("location", "query", "expected"),
    [
        ("https://storage.example.net/x?sig=1", "", "https://storage.example.net/x?sig=1"),
        ("/v1/parts/7", "", "https://files.example.com/v1/parts/7"),
        ("parts/7", "", "https://files.example.com/v1/parts/7"),
        ("?upload=7", "", f"{BEGIN}?upload=7"),
        ("//storage.example.net/x", "", "https://storage.example.net/x"),
        ("/v1/parts/7", "digest={name}", "https://files.example.com/v1/parts/7?digest=a%20b.bin"),
        ("/v1/parts/7?state=1", "digest={name}", "https://files.example.com/v1/parts/7?state=1&digest=a%20b.bin"),
    ],
)
def test_location_gives_the_address_of_the_put(tmp_path: Path, location: str, query: str, expected: str) -> None:
    """The query of the POST, which may hold a credential, is no part of it."""
    file = RemoteFile(store_with(tmp_path), "a b.bin")
    answer = begun(Response(202, (("Location", location),)))
    assert address_in(Begin(url=BEGIN, query=query), answer, file) == expected


def test_a_pointer_into_the_answer_gives_it_too(tmp_path: Path) -> None:
    file = RemoteFile(store_with(tmp_path), "a.bin")
    body = json.dumps({"upload": {"url": "https://storage.example.net/x"}}).encode()
    answer = begun(Response(200, (("Location", "/another"), ("Content-Type", "application/json")), body))
    assert address_in(Begin(url=BEGIN, at="/upload/url"), answer, file) == "https://storage.example.net/x"


@pytest.mark.parametrize(
    ("begin", "response", "said"),
    [
        ({}, Response(202, ()), "gives no address in Location"),
        ({}, None, "gives no address in Location"),
        ({}, Response(202, (("Location", ""),)), "gives no address in Location"),
        ({}, Response(202, (("Location", "ftp://files.example.com/x"),)), "gives no address in Location"),
        ({}, Response(202, (("Location", "https://user:pw@files.example.com/x"),)), "gives no address in Location"),
        ({}, Response(202, (("Location", "http://[half/x"),)), "gives no address in Location"),
        ({"at": "/url"}, Response(200, (), b'{"URL": "https://files.example.com/x"}'), "gives no address at /url"),
        ({"at": "/url"}, Response(200, (), b"https://files.example.com/x"), "gives no address at /url"),
        ({"at": "/url"}, Response(200, (), b'{"url": ["https://files.example.com/x"]}'), "gives no address at /url"),
    ],
)
def test_an_answer_without_an_address_proves_nothing(
    tmp_path: Path, begin: dict[str, str], response: Response | None, said: str
) -> None:
    file = RemoteFile(store_with(tmp_path), "a.bin")
    with pytest.raises(Inconclusive, match=said):
        address_in(Begin(url=BEGIN, **begin), begun(response), file)


# ------------------------------------------------------------- credentials


def answering(answer: str) -> Responder:
    """Give the same answer to every request."""

    def serve(connection: Connection) -> None:
        while True:
            connection.read_head()
            connection.send(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())

    return serve


ACCESS: dict[str, dict[str, Any]] = {
    "basic": {"basic": {"user": "files", "password": Secret(SIGNATURE)}},
    "api_key": {"api_key": {"header": "X-Api-Key", "value": Secret(SIGNATURE)}},
    "bearer": {"bearer": Secret(SIGNATURE)},
    "query": {"query": Secret(f"sv=1&sig={SIGNATURE}")},
    "aws": {"aws": {"key_id": "AKIAIOSFODNN7EXAMPLE", "secret": Secret(SIGNATURE)}},
}
PROOFS = (b"authorization:", b"x-api-key:", b"sig=", b"x-header-key:")


def shown(head: bytes) -> list[bytes]:
    """Which proofs of a caller stand in the head of a request."""
    return [proof for proof in PROOFS if proof in head.lower()]


@pytest.mark.parametrize("kind", ACCESS)
def test_credentials_go_to_the_service_and_to_no_other_host_that_it_names(tmp_path: Path, kind: str) -> None:
    headers = {"X-Header-Key": Secret("a-made-up-key-of-a-header"), "x-kind": "file"}
    with (
        serving(answering("201 Created")) as other,
        serving(answering(f"202 Accepted\r\nLocation: {other.url}/given?part=1")) as service,
    ):
        role = {"url": f"{service.url}/{{name}}", "begin": {"url": f"{service.url}/uploads"}}
        store = store_with(tmp_path, **role, access=ACCESS[kind], headers=headers)
        assert store.new_file().put(b"a file").is_taken
    assert len(shown(service.requests[0])) == 2
    assert other.requests[0].startswith(b"PUT /given?part=1 HTTP/1.1\r\n")
    assert shown(other.requests[0]) == []
    assert b"x-kind: file" in other.requests[0]


def test_an_address_of_the_service_itself_gets_its_credentials(tmp_path: Path) -> None:
    with serving(answering("202 Accepted\r\nLocation: /given")) as service:
        role = {"url": f"{service.url}/{{name}}", "begin": {"url": f"{service.url}/uploads"}}
        store = store_with(tmp_path, **role, access=ACCESS["query"])
        assert store.new_file().put(b"a file").is_taken
    signed = f"sv=1&sig={SIGNATURE}".encode()
    assert service.requests[0].startswith(b"POST /uploads?%b HTTP/1.1\r\n" % signed)
    assert service.requests[1].startswith(b"PUT /given?%b HTTP/1.1\r\n" % signed)


def test_a_refused_post_is_the_answer(tmp_path: Path) -> None:
    """Nothing is put anywhere."""
    with serving(answering("403 Forbidden\r\nLocation: /given")) as service:
        role = {"url": f"{service.url}/{{name}}", "begin": {"url": f"{service.url}/uploads"}}
        upload = store_with(tmp_path, **role).new_file().put(b"a file")
    assert (upload.status, len(service.requests)) == (403, 1)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("kind", ACCESS)
def test_no_credential_follows_a_redirect_to_another_origin(tmp_path: Path, kind: str, status: str) -> None:
    """Neither in the address nor in a header: such a redirect is not followed at all."""
    headers = {"X-Header-Key": Secret("a-made-up-key-of-a-header")}
    with (
        serving(answering("200 OK")) as other,
        serving(answering(f"{status}\r\nLocation: {other.url}/given")) as service,
    ):
        store = store_with(tmp_path, url=f"{service.url}/{{name}}", access=ACCESS[kind], headers=headers)
        file = store.new_file()
        upload, download, deletion = file.put(b"a file"), file.get(), file.delete()
        head = file.head()
    assert {answer.status for answer in (upload, download, deletion, head)} == {int(status[:3])}
    assert [len(shown(request)) for request in service.requests] == [2, 2, 2, 2]
    assert other.requests == []


def test_a_signature_does_not_follow_a_redirect_of_the_same_origin_either(tmp_path: Path) -> None:
    """As in browsers, the address that is followed is the one that was given."""

    def serve(connection: Connection) -> None:
        while True:
            is_given = b" /given" in connection.read_head().partition(b"\r\n")[0]
            answer = b"200 OK\r\n" if is_given else b"307 There\r\nLocation: /given\r\n"
            connection.send(b"HTTP/1.1 " + answer + b"Content-Length: 0\r\n\r\n")

    with serving(serve) as service:
        store = store_with(tmp_path, url=f"{service.url}/{{name}}", access=ACCESS["query"])
        assert store.new_file().get().status == 200
    assert [shown(request) for request in service.requests] == [[b"sig="], []]
