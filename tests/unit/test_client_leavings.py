"""What a client prints, writes and starts is searched, or the result says that it was not."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import sys
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from conformance.redaction import Vault
from conformance.rules.outcome import Inconclusive
from conformance.suites.clients import left_files
from conformance.suites.clients.finished_run import FinishedRun
from conformance.suites.clients.left_files import LeftFiles
from conformance.suites.clients.output import KEPT
from conformance.suites.clients.placeholders import PREFIX
from conformance.suites.clients.program import Started, run
from conformance.suites.clients.secrecy import keeps_a_code

SECONDS = 20
CODE = "made-up-code-of-some-length"

WRITE = """
import os, pathlib
def write(*parts):
    path = pathlib.Path(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("made up")
    path.chmod(0o644)
"""


def knowing(code: str) -> Vault:
    """What knows one secret."""
    vault = Vault()
    vault.register(code, "one_time_code")
    return vault


def ended_of(code: str, folder: Path, **environment: str) -> FinishedRun:
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


def test_a_log_that_a_client_has_open_is_found_wherever_others_can_get_at_it(tmp_path: Path) -> None:
    """Neither below its folder nor beside its mark: as below the home folder."""
    tmp_path.chmod(0o755)
    public, private = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
    public.chmod(0o755)
    try:
        code = "import sys, time\nheld = [open(path + '/a.log', 'w') for path in sys.argv[1:]]\ntime.sleep(60)"
        watchers: list = []
        with Started([sys.executable, "-S", "-c", code, str(public), str(private)], {}, str(tmp_path), watchers) as one:
            while not all((folder / "a.log").exists() for folder in (public, private)):
                one.wait(0.01)
            (public / "a.log").write_text("made up", "utf-8")
            (public / "a.log").chmod(0o644)
            watchers[0](None)
            one.end()
            assert one.seen().files == (("a.log", b"made up"),)
    finally:
        shutil.rmtree(public)
        shutil.rmtree(private)


def packed_as(kind: str, text: bytes) -> bytes:
    """A text as a log is kept that was rotated, or in an archive."""
    if kind == "gzip":
        return gzip.compress(text)
    if kind == "cut off":
        return gzip.compress(text + random.Random(0).randbytes(400_000))[:-100]  # which pack badly
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("logs/a.log", text)
    return whole.getvalue()


@pytest.mark.parametrize("kind", ["gzip", "cut off", "zip"])
def test_what_is_packed_in_a_file_is_searched(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.packed").write_bytes(packed_as(kind, CODE.encode() + b"\n"))
    (tmp_path / "a.packed").chmod(0o644)
    left = LeftFiles()
    left.add(tmp_path, 0.0)
    ended = FinishedRun(0, files=tuple(left.found), unsearched=tuple(left.unread))
    assert "holds a frontdoor URL" in str(keeps_a_code([ended], knowing(CODE)))


def test_what_unpacks_to_more_than_is_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"a" * 9_000_000))
    (tmp_path / "a.gz").chmod(0o644)
    left = LeftFiles()
    left.add(tmp_path, 0.0)
    assert list(left.unread) == ["all but 8 MB of its files"]


def test_a_file_or_a_folder_that_others_can_read_and_the_run_cannot_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.log").write_text("made up", "utf-8")
    (tmp_path / "a.log").chmod(0o644)
    (tmp_path / "logs").mkdir(mode=0o755)
    opened, listed = open, os.scandir

    def refuse(path: str, *more: object) -> object:
        if str(path).endswith(("a.log", "logs")):
            raise PermissionError(13, "made up", str(path))
        return (listed if not more else opened)(path, *more)  # type: ignore[call-overload] # as they were called

    monkeypatch.setattr(left_files, "open", refuse, raising=False)
    monkeypatch.setattr(os, "scandir", refuse)
    left = LeftFiles()
    left.add(tmp_path, 0.0)
    assert sorted(left.unread) == [
        "the file a.log, which others than its owner can read",
        "the folder logs, which others can read",
    ]


def test_a_secret_is_found_although_its_colour_changes(tmp_path: Path) -> None:
    """As programs print it that colour numbers and marks."""
    coloured = f"\x1b[1;36m{CODE[:9]}\x1b[0m\x1b[33m{CODE[9:]}\x1b[0m".encode()
    assert "the output of the client holds" in str(keeps_a_code([FinishedRun(0, coloured)], knowing(CODE)))
    assert "the file a.log holds" in str(keeps_a_code([FinishedRun(0, files=(("a.log", coloured),))], knowing(CODE)))


SECRET = "made-up" + "".join(f"{number:02x}" for number in range(7, 60))
PIECES = [SECRET[at : at + 16] for at in range(0, len(SECRET), 16)]
BROKEN = {
    "a panel of a terminal": "\n".join(f"│ {piece} │" for piece in PIECES),
    "pieces of a string": " +\n".join(f"  '{piece}'" for piece in PIECES),
    "lines of a comment": "\r\n".join(f"# {piece}" for piece in PIECES),
    "curl --trace-ascii": "\n".join(f"{16 * number:04x}: {piece}" for number, piece in enumerate(PIECES)),
    "curl --trace": "\n".join(
        f"{16 * number:04x}: {piece.encode().hex(' '):48}{piece}" for number, piece in enumerate(PIECES)
    ),
    "xxd": "\n".join(
        f"{16 * number:08x}: {piece.encode().hex(' ', 2):40} {piece}" for number, piece in enumerate(PIECES)
    ),
    "a buffer as JSON": f'{{"type":"Buffer","data":{[*SECRET.encode()]}}}',
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_secret_is_found_although_a_tool_breaks_it(broken: str) -> None:
    assert "the output of the client holds" in str(keeps_a_code([FinishedRun(0, broken.encode())], knowing(SECRET)))


@pytest.mark.parametrize("shown", [f"{SECRET[:6]}…{SECRET[-4:]}", f"{SECRET[:60]}\nand\n{SECRET[60:]}", SECRET[::-1]])
def test_what_a_log_may_show_of_a_secret_is_none(shown: str) -> None:
    """Neither are pieces of it with other words between them, and nobody reads it backwards."""
    assert keeps_a_code([FinishedRun(0, shown.encode())], knowing(SECRET)) is None


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
    vault = knowing(CODE)
    with pytest.raises(Inconclusive, match="but not searched was all but 200 of its files"):
        keeps_a_code([FinishedRun(0, unsearched=("all but 200 of its files",))], vault)
    printed = FinishedRun(0, CODE.encode(), unsearched=("all but 200 of its files",))
    assert keeps_a_code([printed], vault) == "the output of the client holds a frontdoor URL"
