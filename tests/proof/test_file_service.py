"""What holds for file services as a family: damage has names, nothing is left behind, and nobody fools the suite."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from conformance.commands.cleanup import clean
from conformance.config.profile import load_profile
from conformance.config.target import load_target
from conformance.http.client import Client, close_connections
from conformance.judging.journal import Journal, default_directory
from conformance.judging.matchers import CaseRecord
from conformance.reference.app import describe
from conformance.reference.file_service import KEY, KEY_HEADER, FileService
from conformance.reference.org import Org
from conformance.reference.server import Server
from conformance.reference.variants import variants
from conformance.rules.outcome import Outcome
from conformance.suites.binary_files.driver import FileStore
from tests.suite import Result, run_suite
from tests.unit.raw_server import Connection, Responder, serving

pytestmark = pytest.mark.proves("binary_files")

SUITE = str(Path(__file__).parents[2] / "conformance" / "suites" / "binary_files")
REQUIREMENTS = {one.id for one in load_profile("winter26").requirements if one.role == "file_service"}
STATIC = {"BIN-05", "BIN-10"}
"""These are about the document alone."""

DIAGNOSES = {
    "uploads-are-read-as-utf8": "decoded as UTF-8 and encoded again",
    "uploads-are-read-as-latin1": "read as Latin-1 and written as UTF-8",
    "crlf-becomes-lf": "line ends were translated from CRLF to LF",
    "lf-becomes-crlf": "line ends were translated from LF to CRLF",
    "white-space-is-trimmed": "the white space around it was lost",
    "byte-order-mark-is-lost": "the byte order mark was lost",
    "nul-ends-the-file": "cut off at its first NUL",
    "line-end-is-added": "a line end was added",
    "base64-is-decoded": "taken for Base64 text and decoded",
    "base64-is-stored": "came back as Base64 text",
    "base64-is-applied-twice": "came back as Base64 text twice over",
    "downloads-are-json": "inside a JSON document",
    "multipart-is-stored": "inside a multipart body",
    "gzip-is-unpacked": "taken for gzip and decompressed",
    "downloads-end-at64-kib": "truncated at 65536 bytes",
}
"""What is said of each way to damage bytes: each has a name of its own."""


def write_target(folder: Path, name: str, base_url: str, **role: Any) -> str:
    """Write the target file of a file service alone, and return the option that names it."""
    described = describe(base_url, name)
    described["file_service"] |= role  # type: ignore[operator] # a mapping
    kept = {key: described[key] for key in ("name", "file_service", "limits")}
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(kept), "utf-8")
    return f"--target={folder / name}.yaml"


# -------------------------------------------------------------------- damage


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run against every service that damages bytes."""
    chosen = [f"--variant={name}" for name in DIAGNOSES]
    return run_suite(tmp_path_factory.mktemp("damaged"), *chosen, "--require=BIN-01", "--depth=quick", "-qq")


@pytest.mark.parametrize("name", DIAGNOSES)
def test_each_damage_is_told_with_the_smallest_file_that_shows_it(damaged: Result, name: str) -> None:
    """And with the place."""
    said = " ".join(damaged.messages[name, "BIN-01"])
    assert DIAGNOSES[name] in said
    assert re.search(r"from offset \d+ on \(sent .*, received .*\)", said)
    size = re.search(r"the smallest file that shows it has (\d+) bytes", said)
    assert size is not None, said
    smallest = {"downloads-end-at64-kib": 65_537, "base64-is-decoded": 60, "gzip-is-unpacked": 60}.get(name, 8)
    assert int(size[1]) <= smallest


def test_a_service_that_takes_no_empty_files_is_not_failed(tmp_path: Path) -> None:
    """No source demands that it does."""
    result = run_suite(tmp_path, "--variant=empty-files-are-refused", "--require=BIN-04", SUITE)
    assert set(result.outcomes["empty-files-are-refused"].values()) == {Outcome.DIFFERS}, result.output
    assert "0 bytes" in result.output


def test_every_damage_has_a_name_of_its_own() -> None:
    assert len(set(DIAGNOSES.values())) == len(DIAGNOSES)
    assert set(DIAGNOSES) <= set(variants())


# -------------------------------------------------------------------- nothing is left


class Remembering(FileService):
    """A service that remembers the names of all files that it ever had."""

    def __init__(self) -> None:
        super().__init__(Org())
        self.seen: set[str] = set()

    async def receive(self, request: Request, name: str) -> bool:
        self.seen.add(name)
        return await super().receive(request, name)


class Broken(Remembering):
    """Stores what it refuses, and damages it, so that most cases fail in the middle."""

    def kept(self, name: str, path: Path) -> None:
        path.write_bytes(path.read_bytes().decode("utf-8", "replace").encode())

    def check_preconditions(self, request: Request, found: object) -> None:
        pass


@pytest.mark.parametrize("kind", [Remembering, Broken])
def test_no_file_is_left_and_none_is_touched_that_is_not_the_suites(
    tmp_path: Path, kind: Callable[[], Remembering]
) -> None:
    service = kind()
    foreign = service.store.new_path()
    foreign.write_bytes(b"somebody else's")
    service.store.keep("contract.pdf", foreign, "application/pdf")
    with Server() as server:
        base_url = server.serve(Starlette(routes=service.routes()))
        option = write_target(tmp_path, "files", base_url, prefix="sp-", names="any")
        result = run_suite(tmp_path, option, "--depth=quick", SUITE)
    assert set(result.outcomes["files"]) == REQUIREMENTS
    created = {name for name in service.seen if re.fullmatch("[0-9a-f]{32}", name)}  # the service's own ids
    assert all(name.startswith("sp-") for name in service.seen - created)
    assert set(service.store.files) == {"contract.pdf"}
    assert service.store.files["contract.pdf"].path.read_bytes() == b"somebody else's"
    assert list((tmp_path / "state").rglob("*.jsonl")) == []


def test_what_a_killed_run_has_left_is_deleted_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the credentials of the role, from the journal that was written before."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    service, said = FileService(Org()), list[str]()
    with Server() as server:
        write_target(tmp_path, "files", server.serve(Starlette(routes=service.routes())))
        target = load_target(str(tmp_path / "files.yaml"))
        assert target.file_service is not None
        journal = Journal.open(default_directory(), "run")
        store = FileStore(target.file_service, Client(target, requirement="BIN-12"), CaseRecord(), journal)
        for name in ("plain.bin", "100% ü.bin"):
            store.named(name).put(b"left behind")
        assert len(service.store.files) == 2
        assert clean([], dry_run=False, say=said.append) is False
    close_connections()
    assert service.store.files == {}
    assert [line.rpartition(": ")[2] for line in said] == ["undone", "undone"]


# -------------------------------------------------------------------- nobody fools it


CONSTANTS: dict[str, Callable[[], Response]] = {
    "200": lambda: Response(b"the same for all", media_type="application/octet-stream"),
    "json": lambda: JSONResponse({"id": "the-same-for-all"}, 201),
    "204": lambda: Response(status_code=204),
    "401": lambda: JSONResponse({"error": "no"}, 401),
    "404": lambda: JSONResponse({"error": "no"}, 404),
    "500": lambda: Response(status_code=500),
    "page": lambda: HTMLResponse("<!doctype html><title>Hello</title>"),
    "redirect": lambda: RedirectResponse("/login"),
}


@pytest.fixture(scope="module")
def constant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Result]:
    """One run against services with one answer to everything, whose document can be read."""
    folder = tmp_path_factory.mktemp("constant")

    def app(answer: Callable[[], Response]) -> Starlette:
        async def always(request: Request) -> Response:
            await request.body()
            return answer()

        document = FileService(Org()).routes()[-1]
        return Starlette(
            routes=[document, Route("/{path:path}", always, methods=["GET", "HEAD", "PUT", "POST", "DELETE"])]
        )

    with Server() as server:
        options = [write_target(folder, name, server.serve(app(answer))) for name, answer in CONSTANTS.items()]
        yield run_suite(folder, *options, "--depth=quick", "-qq", SUITE)


@pytest.mark.parametrize("name", CONSTANTS)
def test_nothing_but_the_document_passes_on_a_service_with_one_answer(constant: Result, name: str) -> None:
    found = constant.outcomes[name]
    assert found.keys() == REQUIREMENTS
    passed = set() if name == "401" else STATIC  # refused credentials are not shown again, not for the document either
    assert {requirement for requirement, outcome in found.items() if outcome is Outcome.PASSED} == passed
    assert Outcome.HARNESS_ERROR not in found.values()


@pytest.mark.parametrize("name", ["401", "404", "500", "redirect"])
def test_a_service_that_refuses_everything_is_not_said_to_lose_files(constant: Result, name: str) -> None:
    """As with a wrong password: the control of each requirement tells it."""
    assert {Outcome.FAILED, Outcome.WARNED} & set(constant.outcomes[name].values()) == set()


# -------------------------------------------------------------------- nor holds it up

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
BOMB = gzip.compress(bytes(30_000_000))


def answers(connection: Connection) -> Iterator[bytes]:
    """Read requests, and give their methods."""
    while True:
        head = connection.read_head()
        yield head.partition(b" ")[0]


def hostile(get: Callable[[Connection], None]) -> Responder:
    """Take each upload, and answer each download like this."""

    def answer(connection: Connection) -> None:
        for method in answers(connection):
            if method == b"GET":
                get(connection)
                return
            connection.send(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return

    return answer


def endless(connection: Connection) -> None:
    connection.send(HEAD + b"\r\n")
    connection.send_for_ever(b"a" * 65_536)


def bomb(connection: Connection) -> None:
    connection.send(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB)


def drip(connection: Connection) -> None:
    connection.send(HEAD + b"Content-Length: 100000\r\n\r\n")
    connection.send_for_ever(b"a", 0.05)


def cut_off(connection: Connection) -> None:
    connection.send(HEAD + b"Content-Length: 100000\r\n\r\nhello")


HOSTILE = {"endless": endless, "bomb": bomb, "drip": drip, "cut-off": cut_off}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_service_ends_in_an_outcome_in_time(tmp_path: Path, name: str) -> None:
    with serving(hostile(HOSTILE[name])) as server:
        limits = {"total_seconds": 0.2, "read_seconds": 0.1, "requests_per_second": 10_000}
        target = {"name": "hostile", "file_service": {"url": f"{server.url}/{{name}}"}, "limits": limits}
        (tmp_path / "hostile.yaml").write_text(yaml.safe_dump(target), "utf-8")
        started = time.monotonic()
        chosen = [f"--require=BIN-{number}" for number in ("01", "03", "04", "14", "25")]
        result = run_suite(tmp_path, f"--target={tmp_path / 'hostile.yaml'}", "--depth=quick", *chosen)
    assert time.monotonic() - started < 60
    found = result.outcomes["hostile"]
    assert len(found) == len(chosen)
    assert not {Outcome.PASSED, Outcome.HARNESS_ERROR} & set(found.values()), result.output


# -------------------------------------------------------------------- nor learns its key


class Talkative(FileService):
    """Repeats the key in its answers, its errors and its names."""

    def headers_of(self, name: str, found: Any) -> dict[str, str]:
        return super().headers_of(name, found) | {"X-Told": KEY, "X-Content-Type-Options": KEY}

    def refuse(self, request: Request, refusal: Any) -> Response:
        return JSONResponse({"error": f"no, {request.headers.get(KEY_HEADER)}"}, 500)


def test_the_key_is_in_no_output(tmp_path: Path) -> None:
    with Server() as server:
        option = write_target(tmp_path, "talkative", server.serve(Starlette(routes=Talkative(Org()).routes())))
        chosen = [f"--require=BIN-{number}" for number in ("01", "08", "21", "25", "31")]
        options = (*chosen, "-vv", "-rA", "--har=evidence.har", "--alluredir=allure", "--depth=quick")
        result = run_suite(tmp_path, option, *options)
    assert Outcome.FAILED in result.outcomes["talkative"].values()
    written = {
        path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "talkative.yaml"
    }
    assert len(written) > len(chosen)
    assert [path for path, data in written.items() if KEY.encode() in data] == []
    assert KEY not in result.output
