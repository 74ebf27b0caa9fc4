"""Running the suites as a user does, in a process of their own, and reading what came of it."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from conformance.rules.outcome import Outcome

type Outcomes = dict[str, dict[str, Outcome]]
"""By target name, by requirement id: the gravest outcome of its cases."""


@dataclass(frozen=True)
class Result:
    """A finished run: exit code, what it printed, and the outcomes, messages and judgements as JUnit has them."""

    status: int
    output: str
    outcomes: Outcomes
    messages: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    judgements: dict[tuple[str, str], set[str]] = field(default_factory=dict)


def run_suite(folder: Path, *options: str, environ: dict[str, str] | None = None) -> Result:
    """Run `pytest --profile=winter26` with options in an empty folder. The home is that folder too."""
    junit = folder / "junit.xml"
    command = [sys.executable, "-m", "pytest", "--profile=winter26", f"--junitxml={junit}", *options]
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
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    read = _read(junit) if junit.exists() else ({}, {}, {})
    return Result(done.returncode, done.stdout + done.stderr, *read)


def _read(junit: Path) -> tuple[Outcomes, dict[tuple[str, str], list[str]], dict[tuple[str, str], set[str]]]:
    found: Outcomes = defaultdict(dict)
    messages: dict[tuple[str, str], list[str]] = defaultdict(list)
    judgements: dict[tuple[str, str], set[str]] = defaultdict(set)
    for case in ET.parse(junit).iter("testcase"):
        properties = {p.get("name"): p.get("value") or "" for p in case.iter("property")}
        if "requirement" not in properties:
            continue  # an error at the end of a test stands beside it
        target, requirement = properties["target"], properties["requirement"]
        outcome = Outcome(properties["outcome"])
        known = found[target].get(requirement, outcome)
        found[target][requirement] = max(known, outcome, key=lambda o: o.gravity)
        if properties.get("message"):
            messages[target, requirement].append(properties["message"])
        if outcome.is_deviation:
            judgements[target, requirement] |= set(properties.get("judgements", "").split())
    return dict(found), dict(messages), dict(judgements)
