"""What a contributor runs, by name: `uv run nox --list` shows it, `uv run nox -s lint tests` runs two of it.

All sessions run in the project's own environment, which uv keeps. What follows `--` goes to pytest, such as
`uv run nox -s tests -- -k redaction`. With `CHANGED_SINCE=origin/main` the proofs of families that no change since
then touches are left out.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import nox
from nox.command import CommandFailed

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "tests"]

BY_FILE = ("-n", "3", "--dist=loadfile")
"""Three for two cores: much of what is tested waits."""

BY_TEST = ("-n", "2", "--dist=worksteal")
"""Where one file has most of the work, and its tests share next to nothing."""

BASE = os.environ.get("CHANGED_SINCE")
TOUCHED = (f"--changed-since={BASE}",) if BASE else ()
READING_ALONE = ("benchmarks", "ci", "code", "contributor_kit", "docs", "docs_site", "fuzz", "prose")
"""Unit tests that read the code and the guides, or run other programs: slow when traced, and they reach nothing new."""


def pytest(session: nox.Session, *arguments: str, parallel: Sequence[str] = BY_FILE) -> None:
    """Run some of the tests; what the user asks for replaces the order to run them side by side."""
    session.run("python", "-m", "pytest", *arguments, *(session.posargs or parallel))


@nox.session
def lint(session: nox.Session) -> None:
    """Style, layout and types: under a minute."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Each part by itself."""
    pytest(session, "tests/unit")


@nox.session
def proof(session: nox.Session) -> None:
    """Each check catches its faults and spares what is correct."""
    pytest(session, "tests/proof", *TOUCHED)


@nox.session
def cleanroom(session: nox.Session) -> None:
    """The suites against servers written from the standards alone, by people who had not seen the suites."""
    pytest(session, "tests/cleanroom")


@nox.session
def interop(session: nox.Session) -> None:
    """The suites against servers that nobody here wrote. Needs nginx."""
    pytest(session, "tests/interop", *TOUCHED, parallel=BY_TEST)


@nox.session
def live(session: nox.Session) -> None:
    """The proxy, with traffic through it. Needs Chromium with its driver."""
    pytest(session, "tests/live", parallel=BY_TEST)


@nox.session
def browser(session: nox.Session) -> None:
    """The HTML report and the documentation site, as somebody sees them. Needs Chromium, its driver, and Node.js."""
    pytest(session, "tests/browser")


@nox.session
def package(session: nox.Session) -> None:
    """The wheel, in fresh environments with the oldest and the newest Python that are installed."""
    pytest(session, "tests/package")


@nox.session
def rehearsal(session: nox.Session) -> None:
    """README and each guide, followed to the letter, in a new clone with an empty home. Needs nginx and Node.js."""
    pytest(session, "tests/rehearsal", parallel=BY_TEST)


@nox.session
def engines(session: nox.Session) -> None:
    """Do Spark and Ray find what the audit finds? In an environment of their own, which takes half a gigabyte."""
    session.run("java", "-version", silent=True)  # what is not there is no success
    brought = ("--with=pyspark>=4,<5", "--with=ray[data]>=2.50,<3", "--with=pandas>=2.2,<3")
    session.run("uv", "run", "--isolated", *brought, "python", "-m", "pytest", "tests/engines", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Write the catalogue of requirements and the schemas anew; then see whether the guides say what is so."""
    session.run("python", "-m", "conformance.reporting.catalogue")
    session.run("python", "-m", "conformance.config.schemas")
    pytest(session, "tests/unit/test_docs.py", parallel=())


@nox.session
def site(session: nox.Session) -> None:
    """The documentation site, in build/site; `-- --without-pictures` where there is no Chromium."""
    session.run("python", "-m", "docs_site", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Which lines and branches the examples of the unit tests and one run of the suites reach, also where one fails.

    Properties are left out. They go over the same lines hundreds of times, and what only a random text reaches, no test
    is sure to reach.
    """
    session.run("coverage", "erase")
    unread = [f"--ignore=tests/unit/test_{name}.py" for name in READING_ALONE]
    examples = ("tests/unit", "-q", "-m", "not hypothesis", *unread, *(session.posargs or BY_FILE))
    failed = False
    for run in (examples, ("--profile=winter26", "--depth=quick", "-q")):
        try:
            session.run("coverage", "run", "-m", "pytest", *run)
        except CommandFailed:  # what was reached is shown all the same
            failed = True
    session.run("coverage", "combine", "-q")
    session.run("coverage", "report")
    session.run("coverage", "json", "-q", "-o", "build/coverage.json")
    session.run("python", "-m", "tests.unreached", "build/coverage.json")
    if failed:
        session.error("a test failed, so that less was reached")


@nox.session
def fuzz(session: nox.Session) -> None:
    """Twenty thousand damaged files; `-- --count=1000` for fewer."""
    session.run("python", "-m", "benchmarks.fuzz", *session.posargs)
