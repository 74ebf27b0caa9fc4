"""What a client prints, writes and starts is searched, or the result says that it was not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conformance.redaction import Vault
from conformance.rules.outcome import Inconclusive
from conformance.suites.clients import left_files
from conformance.suites.clients.ended import Ended
from conformance.suites.clients.filling import PREFIX
from conformance.suites.clients.left_files import LeftFiles
from conformance.suites.clients.output import KEPT
from conformance.suites.clients.program import Started, run
from conformance.suites.clients.secrecy import keeps_a_code

SECONDS = 20

WRITE = """
import os, pathlib
def write(*parts):
    path = pathlib.Path(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("made up")
    path.chmod(0o644)
"""


def ended_of(code: str, folder: Path, **environment: str) -> Ended:
    """How a client of some lines of Python ended, which finds `write` there."""
    return run([sys.executable, "-S", "-c", WRITE + code], environment, str(folder), SECONDS)


def test_a_process_that_calls_is_looked_at_before_it_is_answered(tmp_path: Path) -> None:
    """However short it lives: nobody waited here, so nobody looked at any other time."""
    watchers: list = []
    command = [sys.executable, "-S", "-c", "import time; time.sleep(60)", "made-up-argument"]
    with Started(command, {}, str(tmp_path), watchers) as started:
        [watch] = watchers
        watch(None)
        assert any(b"made-up-argument" in line for line in started.seen().arguments)
    assert watchers == []


def test_files_in_the_folders_of_a_client_are_found_where_logs_and_states_are(tmp_path: Path) -> None:
    state, download = tmp_path / "kept" / "state", tmp_path / "kept" / "downloads" / "download.bin"
    for folder in (state, download.parent, tmp_path / "own"):
        folder.mkdir(parents=True)
    code = (
        "write('logs/a.log'); write('a/b/c/deep.log'); write('a/b/c/d/deeper.log'); write('node_modules/x/b.js')\n"
        f"write(os.environ['{PREFIX}STATE_DIR'], 'x/y/z/w/mark.json')\n"
        f"write(os.environ['{PREFIX}DOWNLOAD_FILE'] + '.part')\n"
        "write(os.environ['TMPDIR'], 'c.tmp')"
    )

    ended = ended_of(
        code, tmp_path / "own", **{f"{PREFIX}STATE_DIR": str(state), f"{PREFIX}DOWNLOAD_FILE": str(download)}
    )

    assert ended.status == 0, ended.how
    assert {name for name, _ in ended.files} == {"a.log", "deep.log", "mark.json", "download.bin.part", "c.tmp"}
    assert ended.unsearched == ()


def test_what_a_client_prints_beyond_what_is_kept_is_told(tmp_path: Path) -> None:
    assert ended_of(f"print('x' * {2 * KEPT - 10})", tmp_path).unsearched == ()
    flooding = ended_of(f"print('x' * {2 * KEPT + 10})", tmp_path)
    assert flooding.unsearched == ("what it printed between the first and the last 1 MB",)


@pytest.mark.parametrize(
    ("limit", "value", "says"),
    [
        ("MOST_FILES", 2, "all but 2 of its files"),
        ("MOST_LOOKED_AT", 2, "all but 2 files of left"),
    ],
)
def test_files_beyond_what_is_read_are_told(
    limit: str, value: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left_files, limit, value)
    folder = tmp_path / "left"
    folder.mkdir()
    for number in range(3):
        (folder / str(number)).write_text("made up", "utf-8")
        (folder / str(number)).chmod(0o644)
    left = LeftFiles()
    left.add(folder, 0.0)
    assert (len(left.found), list(left.unread)) == (2, [says])


def test_the_rest_of_a_large_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"made up")
    (tmp_path / "large").chmod(0o644)
    left = LeftFiles(_room=4)
    left.add(tmp_path, 0.0)
    assert left.found == [("large", b"made")]
    assert list(left.unread) == ["all but 8 MB of its files"]


def test_nothing_found_in_a_part_proves_nothing_and_what_is_found_counts() -> None:
    vault = Vault()
    vault.register("made-up-code-of-some-length", "one_time_code")
    with pytest.raises(Inconclusive, match="but not searched was all but 200 of its files"):
        keeps_a_code([Ended(0, unsearched=("all but 200 of its files",))], vault)
    printed = Ended(0, b"made-up-code-of-some-length", unsearched=("all but 200 of its files",))
    assert keeps_a_code([printed], vault) == "the output of the client holds a frontdoor URL"
