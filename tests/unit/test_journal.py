"""The journal: on disk before a creation, readable after a crash."""

import json
import multiprocessing
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.config.target import Target
from conformance.judging.journal import Entry, Journal, Undo, default_directory, open_entries, read_journals
from conformance.redaction import Secret

TARGET = Target.model_validate(
    {"name": "acme", "single_access": {"base_url": "https://acme.example.com", "token": "made-up-token-of-the-journal"}}
)
UNDO = Undo("DELETE", "https://acme.example.com/sessions/1")


def note(journal: Journal, what: str = "a web session", undo: Undo | None = UNDO) -> Entry:
    return journal.will_create("SAB-05", TARGET, what, undo=undo, ends="by the session timeout")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.open(tmp_path / "journal", "run1")


def test_an_entry_is_on_the_disk_when_it_is_returned(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    entry = note(journal)
    assert synced
    assert open_entries(tmp_path / "journal") == [entry]
    assert (entry.run, entry.target, entry.requirement, entry.undo) == ("run1", "acme", "SAB-05", UNDO)


def test_a_journal_without_entries_leaves_no_file(journal: Journal, tmp_path: Path) -> None:
    journal.close()
    assert not (tmp_path / "journal").exists()


def test_the_file_goes_when_everything_is_undone(journal: Journal, tmp_path: Path) -> None:
    first, second = note(journal), note(journal)
    journal.undone(first)
    journal.close()
    assert open_entries(tmp_path / "journal") == [second]
    journal.undone(second)
    journal.undone(second)
    journal.close()
    assert list((tmp_path / "journal").iterdir()) == []


def test_an_earlier_run_is_settled_entry_by_entry(journal: Journal, tmp_path: Path) -> None:
    note(journal), note(journal)
    first, second = open_entries(tmp_path / "journal")
    Journal.settle(first)
    assert open_entries(tmp_path / "journal") == [second]
    Journal.settle(second)
    Journal.settle(second)
    assert list((tmp_path / "journal").iterdir()) == []


def test_only_the_owner_can_read_it(journal: Journal, tmp_path: Path) -> None:
    file = note(journal).file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o700


@pytest.mark.parametrize("kept", range(0, 200, 7))
def test_a_torn_last_line_costs_only_itself(journal: Journal, tmp_path: Path, kept: int) -> None:
    first = note(journal)
    whole = first.file.stat().st_size
    note(journal)
    content = first.file.read_bytes()[: whole + 1 + kept]
    first.file.write_bytes(content)
    reading = read_journals(tmp_path / "journal")
    assert reading.entries == [first]
    assert reading.damaged == (1 if kept else 0)
    third = Journal.open(tmp_path / "journal", "run2")
    later = note(third)
    assert set(open_entries(tmp_path / "journal")) == {first, later}
    Journal.settle(first)
    assert open_entries(tmp_path / "journal") == [later]


@pytest.mark.parametrize(
    "line",
    [
        "\0\0\0",
        "[]",
        "5",
        '{"state": "created"}',
        '{"state": "undone", "id": "unknown"}',
        '{"id": 5}',
        "[" * 100_000,
        '{"state": [], "id": 1}',
    ],
)
def test_a_damaged_line_is_counted(journal: Journal, tmp_path: Path, line: str) -> None:
    entry = note(journal)
    with entry.file.open("a") as stream:
        stream.write(line + "\n")
    reading = read_journals(tmp_path / "journal")
    assert (reading.entries, reading.damaged) == ([entry], 1)


def test_a_damaged_journal_is_kept(journal: Journal) -> None:
    entry = note(journal)
    with entry.file.open("a") as stream:
        stream.write("torn")
    Journal.settle(entry)
    assert entry.file.exists()


def test_what_is_written_is_redacted(journal: Journal) -> None:
    secret = Secret("made-up-secret-for-the-journal")
    entry = note(journal, f"a file called {secret.reveal()}")
    assert secret.reveal() not in entry.file.read_text()
    assert secret.label in entry.what


def test_an_undo_address_with_a_secret_is_refused_before_the_creation(journal: Journal, tmp_path: Path) -> None:
    secret = Secret("another-made-up-secret")
    with pytest.raises(ValueError, match="holds a secret") as caught:
        note(journal, undo=Undo("DELETE", f"https://acme.example.com/{secret.reveal()}"))
    assert secret.reveal() not in str(caught.value)
    assert open_entries(tmp_path / "journal") == []


def test_threads_share_a_journal(journal: Journal, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        entries = list(pool.map(lambda number: note(journal, f"thing {number}"), range(100)))
        list(pool.map(journal.undone, entries[:50]))
    assert set(open_entries(tmp_path / "journal")) == set(entries[50:])


def _crash(directory: Path) -> None:
    journal = Journal.open(directory, "run1")
    note(journal)
    os._exit(1)


def test_processes_of_one_run_have_a_file_each(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_crash, args=(tmp_path,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert len(open_entries(tmp_path)) == len(list(tmp_path.iterdir())) == 2


def test_a_run_name_cannot_leave_the_directory(tmp_path: Path) -> None:
    assert note(Journal.open(tmp_path / "journal", "../../up")).file.parent == tmp_path / "journal"


def test_a_line_is_json_without_the_place_of_the_journal(journal: Journal, tmp_path: Path) -> None:
    entry = note(journal)
    written = json.loads(entry.file.read_text())
    assert written["state"] == "created"
    assert "file" not in written
    assert replace(entry, file=Path()) == entry


def test_no_directory_means_no_entries(tmp_path: Path) -> None:
    assert open_entries(tmp_path / "nowhere") == []


def test_the_default_directory_follows_the_xdg_state_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_directory() == tmp_path / "seasonproof" / "journal"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_directory() == tmp_path / "home" / ".local" / "state" / "seasonproof" / "journal"
