"""Clients that hang, crash, flood, fork or hide: each ends in an outcome in time, and nothing of it is left."""

from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path

import pytest

from conformance.rules.outcome import Outcome
from conformance.suites.clients import program
from tests.suite import Result, run_suite

LIMIT = 2.0
"""The time limit of each run, in seconds."""

PYTHON = shlex.quote(sys.executable)
SLEEP = "import time; time.sleep(60)"
DAEMON = """
import os, sys, time
if os.fork():
    sys.exit(0)
os.setsid()
if os.fork():
    os._exit(0)
for number in range(3):
    os.close(number)
os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)", "{mark}"], {})
"""
HOSTILE = {
    "hangs": SLEEP,
    "hangs-in-a-child": f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEP!r}, '{{mark}}'])",
    "ignores-sigterm": f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}",
    "stops-itself": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "crashes": "import os; os.abort()",
    "kills-itself": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "raises": "raise SystemError('a defect')",
    "exits-with-200": "raise SystemExit(200)",
    "floods": "for n in range(100_000): print('a line of a flood', n)",
    "floods-without-lines": "import sys; [sys.stdout.write('x' * 65536) for _ in range(500)]",
    "floods-and-hangs": "import itertools\nfor n in itertools.count(): print('a line of a flood', n)",
    "closes-its-output": f"import os; os.close(1); os.close(2); {SLEEP}",
    "writes-bytes": "import sys; sys.stdout.buffer.write(bytes(range(256)) * 100)",
    "steers-the-terminal": "print('\\x1b[2J\\x1b]0;owned\\x07')",
    "forks": f"import os\nfor _ in range(20): os.fork() or os.execlp('sleep', 'sleep', '60')\n{SLEEP}",
    "leaves-children": "import subprocess, sys; [subprocess.Popen(['sleep', '60']) for _ in range(3)]",
    "daemonizes": DAEMON,
    "never-connects": "print('done')",
    "reads-its-input": "import sys; sys.stdin.read()",
    "floods-temporary-files": "import tempfile\nfor n in range(300): tempfile.mkstemp()[0]",
}


def marked() -> list[str]:
    """The ids of processes that a client of these tests has left."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if f"{os.getpid()}-of-these-tests".encode() in line:
            found.append(folder.name)
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_a_run_ends_within_its_limit_and_leaves_no_process(name: str, tmp_path: Path) -> None:
    """Whatever the client does, the harness gets its exit code and its last lines, and all of it is gone."""
    code = HOSTILE[name].replace("{mark}", f"{os.getpid()}-of-these-tests")
    before = set(children())
    began = time.monotonic()

    ended = program.run([sys.executable, "-c", code, f"{os.getpid()}-of-these-tests"], {}, str(tmp_path), LIMIT)

    assert time.monotonic() - began < LIMIT + 10
    assert ended.how
    assert ended.left == ()
    assert set(children()) <= before
    assert marked() == []


def children() -> list[str]:
    """The ids of the processes that this one is the parent of."""
    return [pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text("utf-8").split()]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run of the suite against each of them, as a user would start it."""
    folder = tmp_path_factory.mktemp("hostile")
    targets = []
    for name in ("hangs", "crashes", "floods", "daemonizes", "never-connects", "steers-the-terminal"):
        (folder / f"{name}.py").write_text(HOSTILE[name], "utf-8")
        client = f"client: {{command: [{PYTHON}, {name}.py], roles: [api_client], timeout_seconds: {LIMIT}}}\n"
        (folder / f"{name}.yaml").write_text(client, "utf-8")
        targets.append(f"--target={name}.yaml")
    return run_suite(folder, *targets, "--require=TIU")


def test_a_hostile_client_ends_in_an_outcome_of_each_requirement(hostile: Result) -> None:
    """No harness error, and no pass for a client that has shown nothing."""
    found = {outcome for outcomes in hostile.outcomes.values() for outcome in outcomes.values()}
    assert len(hostile.outcomes) == 6, hostile.output
    assert found == {Outcome.INCONCLUSIVE}


def test_the_message_says_how_the_client_ended(hostile: Result) -> None:
    """Its exit code, or that it was killed, and what it printed last, without what steers a terminal."""
    assert "killed at its time limit" in " ".join(hostile.messages["hangs", "TIU-03"])
    assert "exit code -6" in " ".join(hostile.messages["crashes", "TIU-03"])
    assert "a line of a flood 99999" in " ".join(hostile.messages["floods", "TIU-03"])
    assert "made no call" in " ".join(hostile.messages["never-connects", "TIU-03"])
    assert "\x1b" not in hostile.output
