"""Files that a run leaves in a service: none that appears late is lost, and none that was refused is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conformance.commands.cleanup import clean
from conformance.config.target import load_target
from conformance.http.client import Client, close_connections
from conformance.http.streamed_body import Content
from conformance.judging.journal import LATE_SECONDS, Journal, default_directory
from conformance.judging.journal_files import open_entries
from conformance.judging.matchers import CaseRecord
from conformance.reference.server import Server
from conformance.rules.outcome import Inconclusive, Throttled
from conformance.suites.binary_files.driver import FileStore
from conformance.suites.leftovers import finish_run

SIGNATURE = "made-up-signature-of-a-file-service"


class Files:
    """A file service that a test changes."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.late: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.refuses: Callable[[str, str], int] = lambda method, name: 0
        self.posts: object = {"id": "made-by-the-service"}

    async def answer(self, request: Request) -> Response:
        method, name = request.method, request.path_params["name"]
        self.asked.append(method)
        if status := self.refuses(method, name):
            return Response(status_code=status, headers={"Retry-After": "999"} if status == 429 else {})
        if method == "PUT":
            try:
                self.files[name] = await request.body()
            except ClientDisconnect:  # half of it is kept, and shown later
                self.late[name] = b"half"
            return Response(status_code=201)
        if method == "DELETE":
            return Response(status_code=404 if self.files.pop(name, None) is None else 204)
        found = self.files.get(name)
        return Response(found, 404 if found is None else 200)

    async def post(self, request: Request) -> Response:
        self.files["made-by-the-service"] = await request.body()
        return Response(json.dumps(self.posts), 201, media_type="application/json")

    async def moved(self, request: Request) -> Response:
        return RedirectResponse(f"/f/{request.path_params['name']}")

    def appear(self) -> None:
        """Show what was kept."""
        self.files |= self.late
        self.late.clear()

    def app(self) -> Starlette:
        methods = ["PUT", "GET", "HEAD", "DELETE"]
        return Starlette(
            routes=[
                Route("/f/{name:path}", self.answer, methods=methods),
                Route("/moved/{name:path}", self.moved, methods=methods),
                Route("/post", self.post, methods=["POST"]),
            ]
        )


@pytest.fixture(autouse=True)
def _own_journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("SIGNATURE", SIGNATURE)


@pytest.fixture
def service() -> Files:
    return Files()


@pytest.fixture
def base_url(service: Files) -> Iterator[str]:
    with Server() as server:
        yield server.serve(service.app())
    close_connections()


class Clock:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def journal(clock: Clock) -> Journal:
    return Journal(default_directory() / "run1.jsonl", "run1", clock)


def store_at(folder: Path, url: str, journal: Journal, create: str = "") -> FileStore:
    """A file store in a run."""
    more = f", create: {{url: '{create}'}}" if create else ""
    (folder / "files.yaml").write_text(f"name: files\nfile_service: {{url: '{url}'{more}}}\n")
    target = load_target(str(folder / "files.yaml"))
    assert target.file_service is not None
    return FileStore(target.file_service, Client(target, requirement="BIN-23"), CaseRecord(), journal)


@pytest.fixture
def store(tmp_path: Path, base_url: str, journal: Journal) -> FileStore:
    return store_at(tmp_path, base_url + "/f/{name}", journal, f"{base_url}/post")


def cleaned(sleep: Callable[[float], None] = lambda seconds: None) -> tuple[bool, list[str]]:
    """Whether cleanup leaves something, and what it said."""
    said: list[str] = []
    return clean([], dry_run=False, say=said.append, sleep=sleep), said


def at_the_end(store: FileStore, journal: Journal, wait: Callable[[float], None]) -> list[str]:
    """What is left at the end of the run."""
    return finish_run(journal, lambda name: store.client.target, lost=[], wait=wait)


# ----------------------------------------------------------------------- what is late


def test_a_file_that_appears_after_its_upload_was_broken_off_is_deleted_at_the_end_of_the_run(
    store: FileStore, service: Files, journal: Journal, clock: Clock
) -> None:
    """A cache answers its deletion with 404 until then."""
    store.new_file().put_and_break_off(Content.patterned(100_000))
    store.close()
    assert len(journal.left()) == 1

    def wait(seconds: float) -> None:
        assert seconds == pytest.approx(LATE_SECONDS)
        clock.now += seconds
        service.appear()

    assert at_the_end(store, journal, wait) == []
    assert (service.files, service.late, journal.left()) == ({}, {}, [])


def test_a_run_that_was_told_to_end_does_not_wait_and_forgets_nothing(
    store: FileStore, service: Files, journal: Journal
) -> None:
    store.new_file().put_and_break_off(Content.patterned(100_000))
    store.close()
    [line] = at_the_end(store, journal, lambda seconds: None)
    assert "it may still appear, for the request that creates it was not answered; by hand: DELETE " in line
    journal.close()

    def wait(seconds: float) -> None:
        service.appear()

    is_left, said = cleaned(wait)
    assert (is_left, said[0][:10], said[1].rpartition(": ")[2]) == (False, "waiting 8 ", "undone")
    assert (service.files, open_entries(default_directory())) == ({}, [])


def test_what_was_answered_is_not_waited_for(store: FileStore, service: Files, journal: Journal) -> None:
    store.new_file().put(b"stored")
    store.close()
    assert at_the_end(store, journal, lambda seconds: pytest.fail("it waits")) == []
    assert service.files == {}


def test_a_later_answer_does_not_hide_that_an_upload_was_broken_off(
    store: FileStore, service: Files, journal: Journal
) -> None:
    file = store.new_file()
    file.put_and_break_off(Content.patterned(100_000))
    file.put(b"the whole file")
    store.close()
    assert [entry.state for entry in journal.left()] == ["created"]


def test_a_stored_file_that_is_asked_for_in_vain_is_not_taken_for_gone(
    store: FileStore, service: Files, journal: Journal
) -> None:
    store.new_file().put(b"stored")
    service.refuses = lambda method, name: 400
    store.close()
    assert [entry.state for entry in journal.left()] == ["stored"]


@pytest.mark.parametrize("turn", ["%2F..%2F", "%2f%2e%2e%2f"])
def test_a_file_that_was_stored_under_its_name_as_it_stands_in_the_path_is_deleted_there(
    store: FileStore, service: Files, journal: Journal, turn: str
) -> None:
    """As chezdav does it: it takes an encoded slash in an upload for part of the name, and refuses it elsewhere."""
    store.detour_to(store.new_file(), turn).put(b"stored")
    service.files = {name.replace("/", "%2F"): content for name, content in service.files.items()}
    service.refuses = lambda method, name: 400 if "/" in name else 0
    store.close()
    assert (service.files, journal.left()) == ({}, [])


# --------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("status", [400, 401, 403, 405, 413, 415, 422])
def test_a_file_that_was_refused_is_not_kept_in_the_journal(
    store: FileStore, service: Files, journal: Journal, status: int
) -> None:
    """Whatever the service answers to a deletion of what was never there."""
    service.refuses = lambda method, name: status
    store.new_file().put(b"refused")
    store.close()
    assert journal.left() == []
    journal.close()
    assert cleaned() == (False, ["nothing is left of earlier runs"])


def test_nor_after_a_run_that_was_killed(store: FileStore, service: Files) -> None:
    service.refuses = lambda method, name: 403
    store.new_file().put(b"refused")
    assert [entry.state for entry in open_entries(default_directory())] == ["refused"]
    is_left, [line] = cleaned()
    assert (is_left, line.rpartition(": ")[2]) == (False, "undone")


def test_nor_one_whose_upload_met_an_overload(store: FileStore, service: Files, journal: Journal) -> None:
    service.refuses = lambda method, name: 429 if method == "PUT" else 403
    with pytest.raises(Throttled):
        store.new_file().put(b"refused")
    store.close()
    assert journal.left() == []


def test_a_file_that_was_refused_and_stored_all_the_same_is_deleted(store: FileStore, service: Files) -> None:
    service.refuses = lambda method, name: 413 if method == "PUT" else 0
    file = store.new_file()
    file.put(b"too large")
    service.files[file.name] = b"too large"
    store.close()
    assert service.files == {}


@pytest.mark.parametrize("status", [403, 405, 500])
def test_a_file_that_was_stored_and_is_not_deleted_is_named_each_time(
    store: FileStore, service: Files, journal: Journal, status: int
) -> None:
    file = store.new_file()
    file.put(b"stored")
    service.refuses = lambda method, name: status if method == "DELETE" else 0
    store.close()
    [line] = at_the_end(store, journal, lambda seconds: None)
    told = f"files: the file {file.name}: not undone, the target answered {status}"
    assert line.startswith(f"{told}; by hand: DELETE {file.url('delete')}; entry ")
    journal.close()
    for _ in range(2):
        assert cleaned() == (True, [line])


# ---------------------------------------------------------------------- where they are


def test_an_address_with_a_signature_is_called_and_never_shown(
    tmp_path: Path, base_url: str, service: Files, journal: Journal
) -> None:
    store = store_at(tmp_path, base_url + "/f/{name}?sig=${SIGNATURE}", journal)
    store.new_file().put(b"stored")
    assert len(service.files) == 1
    [file] = default_directory().iterdir()
    is_left, said = cleaned()
    assert (is_left, service.files) == (False, {})
    assert not any(SIGNATURE in text for text in [*said, file.read_text() if file.exists() else ""])


def test_another_service_under_the_name_of_the_target_is_not_touched(
    tmp_path: Path, base_url: str, service: Files, store: FileStore
) -> None:
    store.new_file().put(b"stored")
    text = (tmp_path / "files.yaml").read_text()
    (tmp_path / "files.yaml").write_text(text.replace("/f/", "/moved/"))
    is_left, [line] = cleaned()
    assert is_left
    assert "the target file now means another file service" in line
    assert len(service.files) == 1


def test_a_deletion_is_led_on_as_an_upload_is(tmp_path: Path, base_url: str, service: Files, journal: Journal) -> None:
    store = store_at(tmp_path, base_url + "/moved/{name}", journal)
    store.new_file().put(b"stored")
    assert len(service.files) == 1
    store.close()
    assert (service.files, journal.left()) == ({}, [])


# ------------------------------------------------------------------------ posted files


def test_a_posted_file_is_deleted_by_the_id_in_the_answer(store: FileStore, service: Files) -> None:
    """After a run that was killed, too."""
    store.create(b"posted")
    assert [entry.what for entry in open_entries(default_directory())] == ["the file made-by-the-service"]
    is_left, [line] = cleaned()
    assert (is_left, line, service.files) == (False, "files: the file made-by-the-service: undone", {})


@pytest.mark.parametrize("posts", [{}, {"id": None}, {"id": "\ud800"}])
def test_a_posted_file_without_a_usable_id_is_left_to_people(
    store: FileStore, service: Files, journal: Journal, posts: dict[str, object]
) -> None:
    service.posts = posts
    if posts.get("id"):
        with pytest.raises(Inconclusive, match="the id of the new file is not text that an address can hold"):
            store.create(b"posted")
    else:
        store.create(b"posted")
    store.close()
    [line] = at_the_end(store, journal, lambda seconds: pytest.fail("it waits"))
    assert line.startswith("files: a file of 6 bytes that was posted to http://127.0.0.1:")
    assert ": to be undone by hand: look for it and delete it" in line
