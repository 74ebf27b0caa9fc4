"""Files that commands write: what cannot be written is one line and exit code 2, and nothing is left half-written."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.audit_data import har
from conformance.commands import init as init_command
from conformance.commands.app import main
from conformance.judging.statement_file import write
from conformance.reporting.outputs import unwritable
from tests.statements import one_of_each_outcome

type Command = Callable[..., tuple[int, str]]

FILES = {
    "a folder that is missing": ("missing/out", "No such file or directory"),
    "a place below a file": ("file/out", "a file is in the place of a folder"),
    "a place where nobody may write": ("/proc/out", "No such file or directory"),
    "a folder": ("folder", "Is a directory"),
}
FOLDERS = {name: FILES[name] for name in ("a place below a file", "a place where nobody may write")}
WRITES_A_FILE = {
    "audit --out": "audit a.har --out={}",
    "audit --write-baseline": "audit a.har --write-baseline={}",
    "report": "report statement.json --format=markdown --out={}",
    "matrix": "matrix statement.json --out={}",
    "diff": "diff statement.json statement.json --out={}",
    "history": "history . --out={}",
}
WRITES_A_FOLDER = {
    "audit --statement": "audit a.har --statement={}",
    "lint-spec --statement": "lint-spec o.json --statement={}",
    "a page": "report statement.json --format=html --out={}",
    "Allure": "report statement.json --format=allure --out={}",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept")
    (tmp_path / "a.har").write_bytes(har(6_000))
    write(tmp_path / "statement.json", one_of_each_outcome())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def seasonproof(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command: its words to its exit code and to what it says."""

    def run(line: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["seasonproof", *line.split()])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out + printed.err

    return run


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


@pytest.mark.parametrize("place", [place for place, _ in FILES.values()])
@pytest.mark.parametrize("line", WRITES_A_FILE.values(), ids=WRITES_A_FILE)
def test_a_file_that_cannot_be_written_is_one_line(folder: Path, seasonproof: Command, line: str, place: str) -> None:
    before = everything(folder)
    status, said = seasonproof(line.format(place))
    assert (status, said.count("\n")) == (2, 1)
    assert f"{place}: cannot be written: " in said
    assert everything(folder) == before


@pytest.mark.parametrize(("place", "reason"), FOLDERS.values(), ids=FOLDERS)
@pytest.mark.parametrize("line", WRITES_A_FOLDER.values(), ids=WRITES_A_FOLDER)
def test_a_folder_that_cannot_be_written_to_is_one_line(
    folder: Path, seasonproof: Command, line: str, place: str, reason: str
) -> None:
    before = everything(folder)
    status, said = seasonproof(line.format(place))
    assert (status, said.count("\n")) == (2, 1)
    assert f"{place}" in said
    assert reason in said
    assert everything(folder) == before


COPIES = {name: FILES[name] for name in FILES if name != "a folder"} | {
    "a folder": ("folder", "is a folder or a device; give the copy the name of a file"),
    "nothing": ("", "is a folder or a device; give the copy the name of a file"),
    "a pipe": ("pipe", "is a folder or a device; give the copy the name of a file"),
}


@pytest.mark.parametrize(("place", "reason"), COPIES.values(), ids=COPIES)
def test_a_copy_that_cannot_be_written_is_known_before_the_audit(
    folder: Path, seasonproof: Command, place: str, reason: str
) -> None:
    """And what is there already, such as `/dev/null`, is never replaced by it."""
    os.mkfifo(folder / "pipe")
    before = everything(folder)
    status, said = seasonproof(f"audit a.har --redact={place}")
    assert (status, said.count("\n")) == (2, 1)
    assert reason in said
    assert (folder / "pipe").is_fifo()
    assert everything(folder) == before


@pytest.mark.parametrize(("place", "reason"), FILES.values(), ids=FILES)
def test_a_target_file_that_cannot_be_written_is_known_before_anything_is_sent(
    folder: Path, seasonproof: Command, monkeypatch: pytest.MonkeyPatch, place: str, reason: str
) -> None:
    def sends(*_: object) -> None:
        raise AssertionError("something was sent")

    monkeypatch.setattr(init_command, "_found", sends)
    status, said = seasonproof(f"init http://127.0.0.1:9/ --out={place}")
    assert (status, said.count("\n")) == (2, 1)
    assert said.startswith(f"{place} ")
    assert (reason in said) == (place != "folder"), "a folder exists"


def fills_up(path: Path, text: str, *_: object) -> None:
    """A disk on which there is room for a half."""
    path.write_bytes(text.encode()[: len(text) // 2])
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def test_a_disk_that_fills_up_leaves_the_statement_that_was_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(folder)
    monkeypatch.setattr(Path, "write_text", fills_up)
    with pytest.raises(OSError, match="No space left"):
        write(folder / "statement.json", one_of_each_outcome())
    assert everything(folder) == before


@pytest.mark.parametrize("form", ["html", "allure"])
def test_a_disk_that_fills_up_is_one_line(seasonproof: Command, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "out")

    monkeypatch.setattr(Path, "write_text", refuses)
    monkeypatch.setattr("conformance.reporting.allure.write_results", refuses)
    status, said = seasonproof(f"report statement.json --format={form} --out=folder")
    assert (status, said.count("\n")) == (2, 1)
    assert "No space left on device" in said


def test_the_question_whether_a_file_can_be_written_leaves_links_as_they_are(folder: Path) -> None:
    (folder / "link").symlink_to("folder/evidence.har")
    assert unwritable(folder / "link") == ""
    assert (folder / "link").is_symlink()
    assert list((folder / "folder").iterdir()) == []
