"""What the proof of a family is repeated for."""

from __future__ import annotations

import pytest

from tests.proof.kill_and_spare import KillAndSpare, faults, needed, oddities, requirements
from tests.suite import Result, run_suite


@pytest.fixture(scope="class")
def proof(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run of the suites against every variant that a chosen test of the class is about."""
    names = sorted({name for item in request.session.items for name in needed(item, request.cls)})
    options = [f"--variant={name}" for name in names]
    return run_suite(tmp_path_factory.mktemp("proof"), *options, "--depth=quick", "-qq")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Prove each fault, oddity and requirement of the family's role."""
    if metafunc.cls is None or not issubclass(metafunc.cls, KillAndSpare):
        return
    for name, values in (("fault", faults), ("oddity", oddities), ("requirement", requirements)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, list(values(metafunc.cls.role)), scope="class")
