"""The journal: on disk before a creation, and honest about what is not known."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from conformance.config.target import Target, load_target
from conformance.judging.journal import (
    LATE_SECONDS,
    Entry,
    Journal,
    Undo,
    default_directory,
    same_address,
    unusable,
)
from conformance.judging.journal_files import open_entries
from conformance.redaction import Secret

UNDO = Undo("DELETE", "https://acme.example.com/sessions/1")


class Clock:
    """Seconds that pass when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def journal(folder: Path, clock: Clock) -> Journal:
    return Journal(folder / "run1.jsonl", "run1", clock)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    (tmp_path / "acme.yaml").write_text(
        "name: acme\nsingle_access: {base_url: 'https://acme.example.com', token: 'made-up-token-of-the-journal'}\n"
    )
    return load_target(str(tmp_path / "acme.yaml"))


@pytest.fixture
def entry(journal: Journal, target: Target) -> Entry:
    return journal.will_create("SAB-05", target, "a web session", undo=UNDO)


def test_an_entry_is_on_the_disk_when_it_is_returned(
    journal: Journal, target: Target, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    entry = journal.will_create("SAB-05", target, "a web session", undo=UNDO)
    assert synced
    assert open_entries(folder) == [entry]
    assert (entry.run, entry.target, entry.requirement, entry.undo) == ("run1", "acme", "SAB-05", UNDO)


def test_what_becomes_of_an_entry_is_written_without_waiting_for_the_disk(
    journal: Journal, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a power failure loses it, something is undone twice, which does no harm."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: pytest.fail("it waits for the disk"))
    journal.will_create_again(entry)
    journal.heard(entry, 201)
    journal.found(entry, "the web session 5")
    journal.undone(entry)
    assert journal.left() == []


def test_nothing_is_written_about_an_embedded_target(journal: Journal, target: Target, folder: Path) -> None:
    """It ends with the process, and whatever was created on it."""
    embedded = Target.model_validate(
        {"name": "reference", "single_access": {"base_url": "http://127.0.0.1:1", "token": "another-made-up-token"}}
    )
    entry = journal.will_create("SAB-05", embedded, "a web session", undo=UNDO)
    journal.heard(entry, 0)
    journal.undone(entry)
    journal.close()
    assert journal.left() == []
    assert not folder.exists()


def test_a_journal_without_entries_leaves_no_file(journal: Journal, folder: Path) -> None:
    journal.close()
    assert not folder.exists()


def test_the_file_goes_when_everything_is_undone(journal: Journal, target: Target, folder: Path) -> None:
    first, second = (journal.will_create("SAB-05", target, "a web session") for _ in range(2))
    for entry in (first, second, second):
        journal.heard(entry, 200)
        journal.undone(entry)
        assert (folder / "run1.jsonl").exists()
    journal.close()
    journal.close()
    assert list(folder.iterdir()) == []


def test_the_file_stays_as_long_as_something_is_left(journal: Journal, entry: Entry, folder: Path) -> None:
    journal.close()
    assert open_entries(folder) == [entry]


def test_only_the_owner_can_read_it(entry: Entry, folder: Path) -> None:
    assert stat.S_IMODE(entry.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


# ------------------------------------------------------------------- what is known


@pytest.mark.parametrize("status", [200, 201, 302, 400, 403, 413])
def test_what_was_answered_is_gone_as_soon_as_that_is_seen(journal: Journal, entry: Entry, status: int) -> None:
    journal.heard(entry, status)
    assert journal.doubt(entry) == 0
    journal.undone(entry)
    assert journal.left() == []


@pytest.mark.parametrize("status", [0, 500, 504])
def test_what_was_not_answered_may_appear_late(journal: Journal, entry: Entry, clock: Clock, status: int) -> None:
    """So nobody believes that it is gone, and it is looked for again."""
    journal.heard(entry, status)
    journal.undone(entry)
    assert journal.left() == [entry]
    clock.now += LATE_SECONDS - 1
    assert journal.doubt(entry) == pytest.approx(1)
    journal.undone(entry)
    assert journal.left() == [entry]
    clock.now += 1
    journal.undone(entry)
    assert journal.left() == []


def test_what_nobody_has_heard_of_may_appear_as_long_as_it_is_waited_for(
    journal: Journal, entry: Entry, clock: Clock
) -> None:
    clock.now += 1000
    journal.undone(entry)
    assert journal.left() == [entry]
    journal.give_up()
    assert journal.doubt(entry) == LATE_SECONDS
    clock.now += LATE_SECONDS
    journal.undone(entry)
    assert journal.left() == []


def test_one_unanswered_request_among_several_is_a_doubt(journal: Journal, entry: Entry) -> None:
    journal.heard(entry, 201, 0, 201)
    assert journal.doubt(entry) == LATE_SECONDS


def test_a_later_answer_does_not_end_the_doubt_about_an_earlier_request(journal: Journal, entry: Entry) -> None:
    journal.heard(entry, 0)
    journal.will_create_again(entry)
    journal.heard(entry, 201)
    assert journal.doubt(entry) == LATE_SECONDS
    assert journal.state_of(entry) == "created"


def test_a_refusal_is_known_only_where_every_request_was_refused(journal: Journal, target: Target) -> None:
    refused, stored = (journal.will_create("BIN-29", target, "a file") for _ in range(2))
    journal.heard(refused, 413)
    journal.heard(stored, 201)
    for entry in (refused, stored):
        journal.will_create_again(entry)
        assert journal.state_of(entry) == "created"
        journal.refused(entry)
    assert (journal.state_of(refused), journal.state_of(stored)) == ("refused", "stored")


def test_what_is_known_is_known_after_a_crash(journal: Journal, entry: Entry, folder: Path) -> None:
    assert [found.state for found in open_entries(folder)] == ["created"]
    journal.heard(entry, 201)
    assert [found.state for found in open_entries(folder)] == ["stored"]
    undo = Undo("POST", "https://acme.example.com/delete", headers=(("If-Match", "{version}"),), body='{"id": "17"}')
    journal.found(entry, "the record 17", undo=undo, kind="record", key="17")
    [found] = open_entries(folder)
    assert (found.id, found.what, found.undo, found.kind, found.key) == (
        entry.id,
        "the record 17",
        undo,
        "record",
        "17",
    )
    assert str(undo) == 'POST https://acme.example.com/delete with If-Match: {version}, {"id": "17"}'


def test_what_ends_by_itself_says_when(journal: Journal, target: Target) -> None:
    entry = journal.will_create("SAB-05", target, "a web session", ends="by itself", lasts=timedelta(hours=1))
    assert entry.until == pytest.approx(entry.since + 3600)


# ------------------------------------------------------------------------- secrets


def test_what_is_written_is_redacted(journal: Journal, target: Target) -> None:
    secret = Secret("made-up-secret-for-the-journal")
    entry = journal.will_create("SAB-05", target, f"a file called {secret.reveal()}")
    assert secret.reveal() not in entry.file.read_text()
    assert secret.label in entry.what


def test_an_undo_address_with_a_secret_is_refused_before_the_creation(
    journal: Journal, target: Target, folder: Path
) -> None:
    secret = Secret("another-made-up-secret")
    with pytest.raises(ValueError, match="holds a secret") as caught:
        journal.will_create(
            "SAB-05", target, "a file", undo=Undo("DELETE", f"https://acme.example.com/{secret.reveal()}")
        )
    assert secret.reveal() not in str(caught.value)
    assert open_entries(folder) == []


def test_what_is_found_by_its_kind_may_have_a_secret_in_its_address(journal: Journal, target: Target) -> None:
    """The target file says the address, and the journal shows it without the secret."""
    secret = Secret("made-up-signature-of-an-address")
    undo = Undo("DELETE", f"https://acme.example.com/files/1?sig={secret.reveal()}", "file_service")
    entry = journal.will_create("BIN-01", target, "a file", undo=undo, kind="file", key="1")
    assert secret.reveal() not in entry.file.read_text()
    assert entry.undo is not None
    assert same_address(entry.undo.url, undo.url)
    assert same_address(entry.undo.url.replace(secret.label, "other#17"), undo.url)
    assert not same_address(entry.undo.url, undo.url.replace("files/1", "files/2"))


def test_what_is_named_by_a_secret_alone_is_left_to_people(journal: Journal, entry: Entry) -> None:
    secret = Secret("made-up-token-that-a-system-repeats")
    undo = Undo("DELETE", f"https://acme.example.com/records/{secret.reveal()}")
    journal.found(entry, f"the record {secret.reveal()}", undo=undo, kind="record", key=secret.reveal())
    [left] = journal.left()
    assert (left.undo, left.kind, left.key) == (None, "", "")
    assert left.ends.startswith("by hand")
    assert secret.reveal() not in entry.file.read_text()


# -------------------------------------------------------------------- where it stands


def test_threads_share_a_journal(journal: Journal, target: Target, folder: Path) -> None:
    def create(number: int) -> Entry:
        entry = journal.will_create("SAB-05", target, f"thing {number}")
        journal.heard(entry, 201)
        return entry

    with ThreadPoolExecutor(8) as pool:
        entries = list(pool.map(create, range(100)))
        list(pool.map(journal.undone, entries[:50]))
    assert {found.id for found in open_entries(folder)} == {entry.id for entry in entries[50:]}


def test_a_run_name_cannot_leave_the_directory(folder: Path, target: Target) -> None:
    entry = Journal.open(folder, "../../up").will_create("SAB-05", target, "a web session")
    assert entry.file.parent == folder


def test_a_line_is_json_without_the_place_of_the_journal(entry: Entry) -> None:
    written = json.loads(entry.file.read_text())
    assert written["state"] == "created"
    assert "file" not in written
    assert replace(entry, file=Path()) == entry


@pytest.mark.parametrize("letters", ["\ud800", "ü€😀", "\x1b[2J\r\n"])
def test_any_text_can_be_noted(journal: Journal, target: Target, folder: Path, letters: str) -> None:
    journal.will_create("SAB-05", target, f"a file called {letters}")
    assert [found.what for found in open_entries(folder)] == [f"a file called {letters}"]


def test_the_default_directory_follows_the_xdg_state_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_directory() == tmp_path / "seasonproof" / "journal"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_directory() == tmp_path / "home" / ".local" / "state" / "seasonproof" / "journal"


def test_a_place_where_no_journal_can_be_is_known_before_anything_is_created(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    [problem] = unusable(tmp_path / "file" / "journal", is_needed=False)
    assert f"{tmp_path / 'file'} is not a folder" in problem
    assert "XDG_STATE_HOME" in problem
    assert unusable(tmp_path / "a" / "b" / "journal", is_needed=True) == []


def test_a_run_keeps_no_journal_where_others_can_write(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    [problem] = unusable(folder, is_needed=True)
    assert "other users can write to it (mode 777)" in problem
    assert unusable(folder, is_needed=False) == []
    folder.chmod(0o755)
    assert unusable(folder, is_needed=True) == []
