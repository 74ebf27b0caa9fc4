"""How far a run is: a live line on a terminal, a plain line for each family in a log, nothing with -q."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.suite import run_suite

OPTIONS = ("--variant=header-wins-over-the-query", "--require=SAB-01", "--require=SAB-02", "--depth=quick")


def on_a_terminal(folder: Path, *options: str) -> str:
    """What a run writes to a terminal."""
    ours, theirs = pty.openpty()
    environ = {name: value for name, value in os.environ.items() if name != "CI"} | {"TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-m", "pytest", "--profile=winter26", "-p", "no:cacheprovider", *OPTIONS, *options]
    with subprocess.Popen(command, cwd=folder, env=environ, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                more = os.read(ours, 4096)
            except OSError:  # Linux says so when nobody holds the other end any more
                break
            if not more:
                break
            said += more
        process.wait()
    os.close(ours)
    return said.decode("utf-8", "replace")


def test_a_terminal_has_one_line_that_is_kept_up_to_date(tmp_path: Path) -> None:
    """In the place of letters; what fails is said at once, and the line is gone in the end."""
    said = on_a_terminal(tmp_path)
    live = [part for part in said.split("\r\x1b[K") if " · Token handling · SAB-0" in part]
    assert len(live) >= 2
    assert " requests" in live[0]
    before, _, after = said.partition("SAB-02  failed  ")
    assert after
    assert "header-wins-over-the-query: not conformant" in after.replace("\x1b[1m", "").replace("\x1b[31m", "")
    assert "test_tokens_in_urls.py" not in before


def test_a_log_has_a_line_for_each_family(tmp_path: Path) -> None:
    output = run_suite(tmp_path, *OPTIONS).output
    assert "\x1b" not in output
    [line] = [line for line in output.splitlines() if line.startswith("Token handling: ")]
    assert " cases, " in line
    assert " requests so far, " in line


def test_q_says_nothing_of_it(tmp_path: Path) -> None:
    assert " · SAB-0" not in on_a_terminal(tmp_path, "-q")
    assert "requests so far" not in run_suite(tmp_path, *OPTIONS, "-q").output
