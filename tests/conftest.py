"""What all tests of the project share."""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import HealthCheck, settings

from conformance.suites.family import folders
from tests import traced
from tests.touched import UnknownCommit, changed_since, touched

pytest_plugins = ["pytester"]

# Hundreds of processes are started. Without byte code each compiles all of its modules again, which takes seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# No test hangs on how busy a machine is.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", settings.get_profile("project"), max_examples=1000)
settings.load_profile("project")


TOUCHED = pytest.StashKey[dict[str, str]]()
"""The families that the change touches; absent where everything is proved."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a change be proved by what it touches, and a night prove everything."""
    parser.addoption(
        "--changed-since",
        metavar="COMMIT",
        help="leave out the proofs of families that no change since this commit touches (default: prove everything)",
    )
    parser.addoption(
        "--every-test",
        action="store_true",
        help="run every test of a family against each variant (default: those that reach what the variant replaces)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-xdist hand out files in their order: by itself it leaves those of few, long tests to the end."""
    config.option.loadscopereorder = False
    if commit := config.getoption("--changed-since"):
        try:
            config.stash[TOUCHED] = touched(changed_since(commit))
        except UnknownCommit as error:
            raise pytest.UsageError(f"--changed-since={commit}: {error}; leave it out to prove everything") from None


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say which proofs run, and why."""
    if TOUCHED not in config.stash:
        return ["proofs: all families"]
    found = config.stash[TOUCHED]
    reasons: dict[str, list[str]] = {}
    for family, path in found.items():
        reasons.setdefault(path, []).append(family)
    lines = [f"proofs: {', '.join(some)}, because {path} has changed" for path, some in reasons.items()]
    left = [family for family in folders() if family not in found]
    return lines + [f"left out: the proofs of {', '.join(left)}, which no changed file touches"] * bool(left)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what proves families that are not touched."""
    if TOUCHED not in config.stash:
        return
    families = config.stash[TOUCHED].keys()
    marks = {item: mark for item in items if (mark := item.get_closest_marker("proves")) is not None}
    if left := [item for item, mark in marks.items() if families.isdisjoint(mark.args)]:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Load the suites once, while the first tests run, where a test is to run them."""
    suite = sys.modules.get("tests.suite")
    if suite is not None and not session.config.option.collectonly:
        suite.warm_up()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Write down what was traced: pytest-xdist kills a worker that takes ten seconds to end, and then all is lost."""
    if tracer := traced.tracer():
        tracer.stop()
        tracer.save()
