"""How many requests each requirement sends to the reference, and how many things it creates there.

The tokens of a token endpoint are counted as things that are created: the reference lets them end, and where a target
revokes them, each costs one request more.

`python -m benchmarks.effort` runs the suites at every depth and writes what `--plan` estimates by; with ids behind it,
only of these requirements. It is a plugin of those runs too, which counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from conformance.judging.journal import Journal
from conformance.judging.run_options import EXAMPLES
from conformance.reporting.effort import FILE
from conformance.suites.client_credentials.driver import AuthorizationServer

OUTPUT = "SEASONPROOF_EFFORT"

_requests: Counter[str] = Counter()
_creations: Counter[str] = Counter()
_running: list[str] = []


def pytest_configure() -> None:
    """Listen to the journal, and to what becomes of tokens."""
    if OUTPUT in os.environ:
        Journal.will_create = _counted(Journal.will_create)  # type: ignore[method-assign] # in a process that only counts
        AuthorizationServer.close = _minted(AuthorizationServer.close)  # type: ignore[method-assign] # as above


def pytest_runtest_setup(item: Any) -> None:
    """Know whose tokens are let go at the end of a test."""
    if marker := item.get_closest_marker("requirement"):
        _running[:] = marker.args[:1]


def pytest_runtest_logreport(report: Any) -> None:
    """Add what one phase of a test sent."""
    for sent in getattr(report, "seasonproof_sent", ()):
        case = getattr(report, "seasonproof", None) or dict(report.user_properties)  # of the call, and of its end
        _requests[case["requirement"]] += sent["requests"]


def pytest_unconfigure() -> None:
    """Hand over what was counted."""
    if OUTPUT in os.environ:
        found = {requirement: [count, _creations[requirement]] for requirement, count in _requests.items()}
        Path(os.environ[OUTPUT]).write_text(json.dumps(found), "utf-8")


def _counted(will_create: Callable[..., Any]) -> Callable[..., Any]:
    def counted(journal: Journal, requirement: str, *args: Any, **named: Any) -> Any:
        _creations[requirement] += 1
        return will_create(journal, requirement, *args, **named)

    return counted


def _minted(close: Callable[..., None]) -> Callable[..., None]:
    def counted(server: AuthorizationServer) -> None:
        _creations[_running[0]] += len(set(server.minted))
        close(server)

    return counted


def measured(depth: str, folder: Path, identifiers: Sequence[str]) -> dict[str, list[int]]:
    """The requests and creations of each requirement at a depth; of all where no ids are named."""
    output = folder / f"{depth}.json"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "benchmarks.effort",
        "--profile=winter26",
        f"--depth={depth}",
        "-qq",
        *(f"--require={identifier}" for identifier in identifiers),
    ]
    subprocess.run(command, env={**os.environ, OUTPUT: str(output)}, check=True)
    return dict(json.loads(output.read_text("utf-8")))


def main(*identifiers: str) -> None:
    """Count at every depth and write it down, a requirement a line. Those that are not named stay as they are."""
    found: dict[str, dict[str, list[int]]] = json.loads(FILE.read_text("utf-8")) if identifiers else {}
    with tempfile.TemporaryDirectory() as folder:
        for depth in EXAMPLES:
            for requirement, counts in measured(depth, Path(folder), identifiers).items():
                found.setdefault(requirement, {})[depth] = counts
    rows = [f'  "{requirement}": {json.dumps(depths)}' for requirement, depths in sorted(found.items())]
    FILE.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")
    sys.stdout.write(f"{FILE}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
