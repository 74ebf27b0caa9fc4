"""Running the suites as a user does, in a process of their own, and reading what came of it."""

from __future__ import annotations

import json
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from multiprocessing.forkserver import ensure_running
from pathlib import Path

from conformance.rules.outcome import Outcome

_FORKS = multiprocessing.get_context("forkserver")

type Outcomes = dict[str, dict[str, Outcome]]
"""By target name, by requirement id: the gravest outcome of its cases."""


@dataclass(frozen=True)
class Result:
    """A finished run: exit code, what it printed, and the outcomes, messages and judgements that it states."""

    status: int
    output: str
    outcomes: Outcomes
    messages: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    judgements: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def __or__(self, other: Result) -> Result:
        """Two runs against different targets, as if they were one."""
        return Result(
            max(self.status, other.status),
            self.output + other.output,
            self.outcomes | other.outcomes,
            self.messages | other.messages,
            self.judgements | other.judgements,
        )


def warm_up() -> None:
    """Begin the process that runs are forks of. It is one for all: an audit that needs forks has it load less."""
    _FORKS.set_forkserver_preload(["tests.warm"])
    ensure_running()


def run_suite(folder: Path, *options: str, environ: dict[str, str] | None = None) -> Result:
    """Run `pytest --profile=winter26` with options in an empty folder. The home is that folder too."""
    arguments = ["pytest", "--profile=winter26", *options]
    stated = [one.removeprefix("--statement=") for one in options if one.startswith("--statement=")]
    statement = Path(folder, *(stated or ["reports/out"]), "statement.json")
    environment = (
        os.environ
        | {
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "COLUMNS": "120",
            "PYTHONDONTWRITEBYTECODE": "",
        }
        | (environ or {})
    )
    done = run_module(arguments, folder, environment)
    read = _read(statement) if statement.exists() else ({}, {}, {})
    return Result(done.returncode, done.stdout + done.stderr, *read)


def run_module(arguments: list[str], folder: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `python -m` with arguments in a folder, in a fork of a process that has loaded the suites.

    A process of its own costs two seconds before its first request, and most runs send for less.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        os.chmod(temporary, 0o1777)  # as the system's own: what a fork leaves there that ends at once goes too
        paths = [Path(temporary, name) for name in ("stdout", "stderr")]
        environment = {"TMPDIR": temporary, **environ}
        process = _FORKS.Process(target=_as_module, args=(arguments, str(folder), environment, paths))
        process.start()
        process.join()
        assert process.exitcode is not None
        said = [path.read_text("utf-8", "replace") if path.exists() else "" for path in paths]
    return subprocess.CompletedProcess(arguments, process.exitcode, *said)


def _as_module(arguments: list[str], folder: str, environ: dict[str, str], outputs: list[Path]) -> None:
    """Become `python -m`, with outputs, folder and variables of its own."""
    for number, path in enumerate(outputs, start=1):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environ)
    tempfile.tempdir = environ["TMPDIR"]
    os.chdir(folder)
    # Hypothesis gives a test its settings when its module is imported, so each run imports them with its own depth.
    for name in [name for name in sys.modules if name.startswith("conformance.suites.") and ".test_" in name]:
        del sys.modules[name]
    # Whether it was imported decides whether its plugin takes part. What it consists of stays loaded.
    sys.modules.pop("schemathesis", None)
    sys.modules.pop("xdist.plugin", None)  # it hands the path of when it was loaded on to its processes
    sys.path.insert(0, folder)
    sys.argv[1:] = arguments[1:]
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


def _read(statement: Path) -> tuple[Outcomes, dict[tuple[str, str], list[str]], dict[tuple[str, str], set[str]]]:
    found: Outcomes = defaultdict(dict)
    messages: dict[tuple[str, str], list[str]] = defaultdict(list)
    judgements: dict[tuple[str, str], set[str]] = defaultdict(set)
    for verdict in json.loads(statement.read_bytes())["verdicts"]:
        at = target, requirement = verdict["target"], verdict["requirement"]
        for case in verdict["cases"]:
            outcome = Outcome(case["outcome"])
            found[target][requirement] = max(found[target].get(requirement, outcome), outcome, key=lambda o: o.gravity)
            messages[at] += filter(None, [case.get("message")])
            if outcome.is_deviation:
                deviating = [one for one in case.get("parts", [case]) if Outcome(one["outcome"]).is_deviation]
                judgements[at] |= set(filter(None, (one.get("judgement") for one in deviating)))
    return dict(found), dict(messages), dict(judgements)
