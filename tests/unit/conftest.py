"""Fixtures that several modules ask for by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.typed import Command, typed


@pytest.fixture
def audit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """`seasonproof audit`, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return typed("audit", capsys, monkeypatch)


@pytest.fixture
def closed_connections() -> Iterator[None]:
    """No connection outlives its test."""
    from conformance.http.client import close_connections

    yield
    close_connections()


@pytest.fixture
def own_project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project in which nothing of the machine takes part; the state that runs keep is kept in it."""
    # The first one warns as it is imported, the second one costs half a second.
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:anyio -p no:schemathesis")
    monkeypatch.setenv("XDG_STATE_HOME", str(pytester.path / "state"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("SEASONPROOF_TARGET", raising=False)


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """Where a correct target is served."""
    from conformance.reference.app import reference_app
    from conformance.reference.server import Server

    with Server() as server:
        yield server.serve(reference_app())


@pytest.fixture
def project_with_habits(pytester: pytest.Pytester) -> None:
    """A project whose configuration would stop any test but its own."""
    pytester.makeini(
        """
        [pytest]
        testpaths = checks
        python_files = check_*.py
        python_classes = Check
        python_functions = verify_*
        addopts = --strict-markers --strict-config --import-mode=importlib -ra --tb=long
        filterwarnings = error
        xfail_strict = true
        markers = slow: takes long
        usefixtures = something_of_the_project
        """
    )
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(autouse=True)
        def broken():
            raise RuntimeError("a fixture of the project")

        @pytest.fixture
        def target():
            raise RuntimeError("another fixture of the project")
        """
    )
    pytester.mkdir("checks").joinpath("check_own.py").write_text("def verify_x(): assert False\n")
