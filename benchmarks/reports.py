"""What the reports cost: `uv run python -m benchmarks.reports`.

A run against the embedded reference writes every report that a run can write, and the others are made of its statement
afterwards. It is a plugin of that run too, which meters. Then a statement of 10,000 verdicts becomes a page.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from inspect import isgeneratorfunction
from pathlib import Path
from typing import Any

from conformance.commands.report import rendered
from conformance.judging.statement_file import NAME, read_statement, write
from conformance.judging.verdict import Case
from conformance.rules.outcome import Outcome
from tests.allure_runs import PROFILE, exchange
from tests.statements import statement

REPOSITORY = Path(__file__).resolve().parent.parent

OUTPUT = "SEASONPROOF_REPORTS"

_seconds: Counter[str] = Counter()
_inside: list[str] = []

PAGE = """
import resource, sys, time
from pathlib import Path
from conformance.commands.report import rendered
from conformance.judging.statement_file import read_statement
one = read_statement(Path(sys.argv[1]))
started = time.process_time()
rendered(one, "html")
print(time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def pytest_configure() -> None:
    """Meter what writes reports while a run goes on."""
    if OUTPUT not in os.environ:
        return
    from _pytest.junitxml import LogXML
    from allure_pytest.listener import AllureListener

    from conformance.judging.statement_file import StatementFile
    from conformance.plugin import session, statement_keeping
    from conformance.reporting.allure import AllureWriter

    listener = ("attach_data", "add_label", "start_fixture", "stop_fixture", "pytest_runtest_setup")
    places: list[tuple[str, Any, tuple[str, ...]]] = [
        ("statement", StatementFile, ("__init__", "add", "finish", "close")),
        ("page", statement_keeping, ("write_page",)),
        ("terminal", session, ("summary",)),
        ("junit", LogXML, ("pytest_runtest_logreport", "pytest_sessionfinish")),
        ("allure", AllureWriter, ("start", "judged", "report_result", "report_attached_data", "finish")),
        ("allure", AllureListener, (*listener, "pytest_runtest_makereport", "pytest_runtest_protocol")),
    ]
    for name, place, methods in places:
        for method in methods:
            setattr(place, method, _metered(name, getattr(place, method)))


def pytest_unconfigure() -> None:
    """Hand over what was metered, beside the CPU time of this process."""
    if OUTPUT in os.environ:
        Path(os.environ[OUTPUT]).write_text(json.dumps({"run": time.process_time(), **_seconds}), "utf-8")


@contextmanager
def _meter(name: str) -> Iterator[None]:
    if _inside:
        yield
        return
    _inside.append(name)
    started = time.thread_time()
    try:
        yield
    finally:
        _seconds[name] += time.thread_time() - started
        _inside.pop()


def _metered(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def call(*args: Any, **named: Any) -> Any:
        with _meter(name):
            return original(*args, **named)

    @wraps(original)
    def around(*args: Any, **named: Any) -> Generator[Any, Any, Any]:
        """A hook that is called before others, and goes on after them."""
        hook = original(*args, **named)
        with _meter(name):
            first = next(hook)
        result = yield first
        with _meter(name):
            try:
                hook.send(result)
            except StopIteration as ended:
                return ended.value

    return around if isgeneratorfunction(original) else call


def cost_of_reports(folder: Path, options: Sequence[str]) -> tuple[dict[str, float], float]:
    """The CPU seconds of each report, and those of the run that wrote most of them.

    Raises:
        RuntimeError: the run failed.
    """
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "benchmarks.reports",
        "--profile=winter26",
        *options,
        "-q",
    ]
    command += [f"--statement={folder}", f"--alluredir={folder / 'allure'}", f"--junitxml={folder / 'junit.xml'}"]
    environ = os.environ | {OUTPUT: str(folder / "metered.json"), "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    seconds = json.loads((folder / "metered.json").read_text("utf-8"))
    run = seconds.pop("run")
    for form in ("markdown", "sarif", "junit", "badge", "badge-json"):
        started = time.thread_time()
        rendered(read_statement(folder / NAME), form)
        seconds[f"{form}, later"] = time.thread_time() - started
    return seconds, run


def cost_of_a_large_page(folder: Path, count: int) -> tuple[int, float, float]:
    """How many verdicts a page of so many targets has, and the CPU seconds and the mebibytes that it takes."""
    targets = [f"target-{number}" for number in range(count)]
    cases = [
        Case(r.id, name, "", Outcome.FAILED if number % 7 == 0 else Outcome.PASSED, "why", exchanges=(exchange(),))
        for number, name in enumerate(targets)
        for r in PROFILE.requirements
    ]
    write(folder / "large.json", statement(cases, targets=targets))
    command = [sys.executable, "-c", PAGE, str(folder / "large.json")]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    seconds, memory = map(float, done.stdout.split())
    return len(cases), seconds, memory


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)  # --target is one of pytest
    parser.add_argument("--targets", type=int, default=1000, help="how many targets the large page has")
    given, options = parser.parse_known_args()  # those of pytest, such as --depth=quick
    with tempfile.TemporaryDirectory() as name:
        seconds, run = cost_of_reports(Path(name), options)
        for report, cost in seconds.items():
            print(f"{report:<24}{cost:>8.3f} s{cost / run:>8.1%}")
        total = sum(seconds.values())
        print(f"{'all reports':<24}{total:>8.3f} s{total / run:>8.1%} of the CPU of the run, {run:.1f} s; limit 10%")
        verdicts, took, memory = cost_of_a_large_page(Path(name), given.targets)
        print(f"a page of {verdicts:,} verdicts: {took:.2f} s of CPU, limit 2 s; {memory:.0f} MiB, limit 286 MiB")


if __name__ == "__main__":
    main()
