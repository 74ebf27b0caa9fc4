"""Fixtures that several modules ask for by name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


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
