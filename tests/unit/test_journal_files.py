"""Journals of earlier runs: what can be read of them is not lost, and nothing else is taken for nothing."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.config.target import load_target
from conformance.documents import UsageProblem
from conformance.judging.journal import Entry, Journal, Undo
from conformance.judging.journal_files import (
    Reading,
    open_entries,
    read_journals,
    remove_finished,
    settle,
)

TARGET = (
    "name: acme\nsingle_access: {base_url: 'https://acme.example.com', token: '${ACME:-made-up-token-of-journals}'}\n"
)
OLD_LINE: dict[str, Any] = {
    "id": "1",
    "run": "r",
    "target": "acme",
    "target_file": "acme.yaml",
    "requirement": "ACT-01",
    "what": "a record",
    "undo": {"method": "DELETE", "url": "https://acme.example.com/a/1", "role": "business_system"},
    "ends": "",
    "state": "created",
}


def note(journal: Journal, folder: Path, what: str = "a web session") -> Entry:
    (folder / "acme.yaml").write_text(TARGET)
    return journal.will_create("SAB-05", load_target(str(folder / "acme.yaml")), what)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.open(tmp_path / "journal", "run1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def test_an_earlier_run_is_settled_entry_by_entry(journal: Journal, tmp_path: Path, folder: Path) -> None:
    first, second = note(journal, tmp_path), note(journal, tmp_path)
    assert open_entries(folder) == [first, second]
    settle(first)
    remove_finished([first.file])
    assert open_entries(folder) == [second]
    settle(second)
    settle(second)
    remove_finished([first.file, second.file])
    remove_finished([first.file])
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("kept", range(0, 200, 7))
def test_a_torn_last_line_costs_only_itself(journal: Journal, tmp_path: Path, folder: Path, kept: int) -> None:
    first = note(journal, tmp_path)
    whole = first.file.stat().st_size
    note(journal, tmp_path)
    first.file.write_bytes(first.file.read_bytes()[: whole + 1 + kept])
    reading = read_journals(folder)
    assert reading.entries == [first]
    assert reading.damaged == ([f"{first.file}, line 4"] if kept else [])
    later = note(Journal.open(folder, "run2"), tmp_path)
    assert set(open_entries(folder)) == {first, later}
    settle(first)
    assert open_entries(folder) == [later]


@pytest.mark.parametrize(
    "line",
    [
        "\0\0\0",
        "[]",
        "5",
        '"state"',
        '{"state": "created"}',
        '{"state": "undone", "id": "unknown"}',
        '{"id": 5}',
        "[" * 100_000,
        '{"state": [], "id": 1}',
        json.dumps(OLD_LINE | {"state": "finished"}),
        json.dumps(OLD_LINE | {"undo": {"method": "DELETE"}}),
        json.dumps(OLD_LINE | {"undo": {**OLD_LINE["undo"], "headers": [["one"]]}}),
        json.dumps(OLD_LINE | {"undo": {**OLD_LINE["undo"], "url": None}}),
        json.dumps(OLD_LINE | {"what": None}),
        json.dumps(OLD_LINE | {"until": 1e300}),
        json.dumps(OLD_LINE | {"since": float("nan")}),
        json.dumps({name: value for name, value in OLD_LINE.items() if name != "target"}),
    ],
)
def test_a_line_that_cannot_be_read_is_named(journal: Journal, tmp_path: Path, folder: Path, line: str) -> None:
    entry = note(journal, tmp_path)
    with entry.file.open("a") as stream:
        stream.write(line + "\n")
    assert read_journals(folder) == Reading([entry], [f"{entry.file}, line 3"])
    settle(entry)
    remove_finished([entry.file])
    assert entry.file.exists()


def test_an_id_is_one_entrys(journal: Journal, tmp_path: Path, folder: Path) -> None:
    """A second one that has it takes nothing away from the first."""
    entry = note(journal, tmp_path)
    with entry.file.open("a") as stream:
        stream.write(json.dumps(OLD_LINE | {"id": entry.id}) + "\n")
    assert read_journals(folder) == Reading([entry], [f"{entry.file}, line 3"])


def test_an_empty_journal_has_lost_what_it_held(folder: Path) -> None:
    """A journal appears with its first entry."""
    folder.mkdir()
    (folder / "run1.jsonl").touch()
    assert read_journals(folder).damaged == [f"{folder / 'run1.jsonl'}, which is empty"]


def test_a_journal_of_an_earlier_version_can_be_read(folder: Path) -> None:
    folder.mkdir()
    (folder / "x.jsonl").write_text(json.dumps(OLD_LINE) + "\n")
    [entry] = open_entries(folder)
    assert (entry.id, entry.undo) == ("1", Undo("DELETE", "https://acme.example.com/a/1", "business_system"))
    assert entry.since == pytest.approx((folder / "x.jsonl").stat().st_mtime)


def test_no_directory_means_no_entries(tmp_path: Path) -> None:
    assert read_journals(tmp_path / "nowhere") == Reading()


# ---------------------------------------------------------------------- whose it is


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_can_write_to_is_not_trusted(
    journal: Journal, tmp_path: Path, folder: Path, mode: int
) -> None:
    note(journal, tmp_path)
    folder.chmod(mode)
    with pytest.raises(UsageProblem, match=f"other users can write to it .mode {mode:o}.*chmod go-w {folder}"):
        read_journals(folder)


@pytest.mark.parametrize("mode", [0o666, 0o620])
def test_a_journal_that_others_can_write_to_is_named_and_costs_no_other(
    journal: Journal, tmp_path: Path, folder: Path, mode: int
) -> None:
    entry, other = note(journal, tmp_path), note(Journal.open(folder, "run2"), tmp_path)
    entry.file.chmod(mode)
    assert read_journals(folder) == Reading(
        [other], refused=[f"{entry.file}: other users can write to it (mode {mode:o})"]
    )


def test_a_journal_of_another_user_is_not_trusted(
    journal: Journal, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(journal, tmp_path)
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(UsageProblem, match="belongs to another user"):
        read_journals(folder)


def test_a_link_to_a_journal_elsewhere_is_not_followed(journal: Journal, tmp_path: Path, folder: Path) -> None:
    entry = note(journal, tmp_path)
    elsewhere = entry.file.rename(tmp_path / "elsewhere.jsonl")
    (folder / "x.jsonl").symlink_to(elsewhere)
    assert read_journals(folder) == Reading(refused=[f"{folder / 'x.jsonl'}: it is a symbolic link"])


def test_what_is_not_a_file_is_no_journal(folder: Path) -> None:
    """And nobody waits for somebody to write into it."""
    folder.mkdir()
    os.mkfifo(folder / "x.jsonl", 0o600)
    (folder / "y.jsonl").mkdir(0o700)
    assert [line.rpartition(": ")[2] for line in read_journals(folder).refused] == ["it is not a file"] * 2


# ------------------------------------------------------------------------ processes


def _crash(folder: Path) -> None:
    note(Journal.open(folder / "journal", "run1"), folder)
    os._exit(1)


def test_processes_of_one_run_have_a_file_each(tmp_path: Path, folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_crash, args=(tmp_path,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert len(open_entries(folder)) == len(list(folder.iterdir())) == 2


def test_a_run_that_goes_on_is_left_alone(journal: Journal, tmp_path: Path, folder: Path) -> None:
    """What another process reads of it: what it has created is in use."""
    entry = note(journal, tmp_path)
    reads = "from conformance.judging.journal_files import read_journals; print(read_journals(Path(sys.argv[1])))"
    command = [sys.executable, "-c", f"import sys; from pathlib import Path; {reads}", str(folder)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert output.startswith("Reading(entries=[], damaged=[], refused=[], busy=[")
    assert entry.file.name in output
    journal.close()
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert output.startswith("Reading(entries=[Entry(")
