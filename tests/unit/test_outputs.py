"""Outputs: what cannot be written is known before anything is sent, and one that nobody reads costs no verdict."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.judging.verdict import ExitCode
from conformance.redaction import Secret
from conformance.reporting.outputs import OutputStream, unwritable, unwritable_folder, unwritable_in_folder
from tests.suite import run_module, run_suite
from tests.unit import full_disk

SEASONPROOF = "conformance.commands"
FULL = "seasonproof: the output cannot be written: No space left on device\n"
TOKEN = Secret("00D000000000001!AQ4AQ.made_up_token_that_leaves_in_pieces")
DOCUMENT = (
    '{"openapi": "3.0.0", "info": {"title": "é", "version": "1"}, "paths": {"/a": {"get": '
    '{"operationId": "o", "responses": {"200": {"description": "d"}}}}}}'
)
COMMANDS = {
    "explain": ("explain", "SAB-01"),
    "help": ("--help",),
    "variants": ("serve", "--variant=list"),
    "cleanup": ("cleanup",),
    "audit": ("audit", "a.log"),
    "audit as JSON": ("audit", "a.log", "--format=json"),
    "lint-spec": ("lint-spec", "o.json"),
    "lint-spec as JSON": ("lint-spec", "o.json", "--format=json"),
    "lint-spec as SARIF": ("lint-spec", "o.json", "--format=sarif"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "o.json").write_text(DOCUMENT, "utf-8")
    (tmp_path / "a.log").write_text("GET /?page=2 HTTP/1.1\n")
    return tmp_path


def run(kind: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A module whose standard streams are of some kind."""
    environ = os.environ | {"XDG_STATE_HOME": str(folder / "state")}
    return run_module(["tests.unit.streams", kind, *words], folder, environ)


def test_the_name_of_a_file_is_no_folder_for_a_statement(tmp_path: Path) -> None:
    """`--statement=run.json` is a mistake, not a wish for a folder of that name."""
    reason = unwritable_in_folder(tmp_path / "run.json", "statement.json")
    assert reason == f"it is the name of a file; name a folder, such as {tmp_path / 'run'}"
    assert not list(tmp_path.iterdir())
    (tmp_path / "v1.json").mkdir()
    assert not unwritable_in_folder(tmp_path / "v1.json", "statement.json")


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_command_whose_reader_goes_away_ends_as_it_would_have(folder: Path, words: tuple[str, ...]) -> None:
    """`seasonproof … | head` is no failure, and no traceback."""
    done = run("gone", folder, SEASONPROOF, *words)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_full_disk_is_said_in_one_line(folder: Path, words: tuple[str, ...]) -> None:
    done = run("full", folder, SEASONPROOF, *words)
    assert (done.returncode, done.stderr) == (2, FULL)


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_terminal_of_one_column_and_of_ascii_gets_an_answer(folder: Path, words: tuple[str, ...]) -> None:
    """Letters that it lacks are escapes."""
    done = run("narrow", folder, SEASONPROOF, *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
    assert done.stdout.isascii()


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_command_with_closed_streams_ends_as_it_would_have(folder: Path, words: tuple[str, ...]) -> None:
    done = run("closed", folder, SEASONPROOF, *words)
    assert (done.returncode, done.stderr) == (0, "")


SHELL = {
    "gone": ('"$@" | exec true', 0, ""),
    "full": ('exec "$@" > /dev/full', 2, FULL),
    "narrow": ('COLUMNS=1 PYTHONIOENCODING=ascii exec "$@" > out', 0, ""),
    "closed": ('exec "$@" >&-', 0, ""),
}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize(("script", "status", "said"), SHELL.values(), ids=SHELL)
def test_the_interpreter_says_nothing_of_its_own_as_it_ends(folder: Path, script: str, status: int, said: str) -> None:
    """A process that a shell starts flushes its streams once more."""
    command = [
        "bash",
        "-o",
        "pipefail",
        "-c",
        script,
        "bash",
        sys.executable,
        "-m",
        SEASONPROOF,
        *COMMANDS["lint-spec"],
    ]
    environ = os.environ | {"XDG_STATE_HOME": str(folder / "state")}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (status, said)
    assert "Traceback" not in done.stdout


UNWRITABLE = {
    "--har in a folder that is missing": ("--har=missing/e.har",),
    "--har that is a folder": ("--har=.",),
    "--junitxml below a file": ("--junitxml=file/j.xml",),
    "--alluredir that is a file": ("--alluredir=file",),
    "--log-file below a file": ("--log-file=file/run.log",),
}


@pytest.mark.parametrize("options", UNWRITABLE.values(), ids=UNWRITABLE)
def test_what_cannot_be_written_is_known_before_anything_is_sent(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("")
    result = run_suite(tmp_path, "--require=SAB-01", "-q", *options)
    assert result.status == ExitCode.USAGE
    assert f"{options[0]} cannot be written: " in result.output
    assert "Traceback" not in result.output
    assert "requests sent" not in result.output


def test_several_outputs_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run_suite(tmp_path, "--require=SAB-01", "--har=missing/e.har", "--alluredir=file")
    assert result.output.count("cannot be written: ") == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_run_whose_evidence_is_lost_is_no_success(tmp_path: Path) -> None:
    result = run_suite(tmp_path, "--require=SAB-01", "--har=/dev/full", "-q")
    assert result.status == ExitCode.USAGE
    assert "--har=/dev/full cannot be written: No space left on device" in result.output


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_disk_that_fills_up_during_the_run_is_no_success(tmp_path: Path) -> None:
    """pytest writes its file at the end of the run."""
    result = run_suite(tmp_path, "--require=SAB-01", "--junitxml=/dev/full", "-q")
    assert result.status == ExitCode.USAGE
    assert "an output cannot be written: No space left on device" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("variant", "status"), [((), ExitCode.USAGE), (("--variant=query-token-accepted",), ExitCode.NOT_CONFORMANT)]
)
def test_a_statement_that_is_lost_during_the_run_is_told(
    tmp_path: Path, variant: tuple[str, ...], status: ExitCode
) -> None:
    """Of a run that conforms, nothing is left to show it."""
    result = run_suite(tmp_path, "-p", full_disk.__name__, "--require=SAB-0*", "--statement=run", "-q", *variant)
    assert "the statement is lost, because run cannot be written: No space left on device" in result.output
    assert result.status == status


CLOSED = {
    "conformant": ((), ExitCode.CONFORMANT, ""),
    "not conformant": (("--variant=query-token-accepted",), ExitCode.NOT_CONFORMANT, ""),
    "a mistake": (("--require=NOPE",), ExitCode.USAGE, "ERROR: --require: winter26 has no requirement 'NOPE'"),
}


@pytest.mark.parametrize(("options", "status", "said"), CLOSED.values(), ids=CLOSED)
@pytest.mark.parametrize("kind", ["closed", "both closed"])
def test_a_run_with_closed_streams_ends_as_it_would_have(
    tmp_path: Path, options: tuple[str, ...], status: ExitCode, said: str, kind: str
) -> None:
    done = run(kind, tmp_path, "pytest", "--profile=winter26", "--require=SAB-01", "-q", *options)
    assert done.returncode == status, done.stderr
    assert done.stderr.startswith(said if kind == "closed" else "")
    assert "Traceback" not in done.stderr


def test_a_run_in_a_process_with_closed_streams_ends_as_it_would_have(tmp_path: Path) -> None:
    """As a shell starts it."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--profile=winter26",
        "--require=SAB-01",
        "-q",
        *CLOSED["not conformant"][0],
    ]
    shell = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *command]
    environ = os.environ | {"XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run(shell, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (ExitCode.NOT_CONFORMANT, "")


def test_a_file_is_left_as_it_was_by_the_question_whether_it_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("kept")
    assert [unwritable(tmp_path / name) for name in ("there", "new")] == ["", ""]
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there").read_text() == "kept"
    assert unwritable(tmp_path / "missing" / "file") == "No such file or directory"
    assert unwritable(tmp_path / "a\0b")
    assert unwritable_folder(tmp_path / "there") == "a file is in the place of a folder"
    assert unwritable_folder(tmp_path / "new" / "folder") == ""


@given(st.lists(st.integers(1, 80), max_size=8))
def test_a_secret_written_in_pieces_is_masked(widths: list[int]) -> None:
    out = io.StringIO()
    stream = OutputStream(out)
    text, at = f"sent {TOKEN.reveal()} at last\nand then", 0
    for width in widths:
        stream.write(text[at : at + width])
        at += width
    stream.write(text[at:])
    assert TOKEN.reveal()[:20] not in out.getvalue()
    stream.flush()
    assert out.getvalue() == f"sent {TOKEN} at last\nand then"


def test_a_stream_is_otherwise_the_stream_that_it_writes_to() -> None:
    out = io.StringIO()
    stream = OutputStream(out)
    assert stream.write("one line\n") == len("one line\n")
    assert out.getvalue() == "one line\n"
    assert stream.writable()
    with pytest.raises(TypeError, match="takes text"):
        stream.write(b"bytes")  # type: ignore[arg-type] # as libraries do that try whether a stream is binary
    assert not hasattr(stream, "buffer")
