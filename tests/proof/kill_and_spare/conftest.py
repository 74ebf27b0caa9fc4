"""What the proof of a family is repeated for."""

from __future__ import annotations

import pytest

from conformance.reference.variants import variants
from tests.proof.kill_and_spare import KillAndSpare, faults, needed, oddities, requirements
from tests.proof.kill_and_spare.steps import Reached, run_against
from tests.suite import Result


@pytest.fixture(scope="session")
def every(request: pytest.FixtureRequest) -> bool:
    """Whether every test of a family is run against each of its variants."""
    return bool(request.config.getoption("--every-test"))


@pytest.fixture(scope="class")
def reached(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reached:
    """What the tests of the family reach on the reference."""
    return Reached.on_the_reference(tmp_path_factory.mktemp("reached"), request.cls.role)


@pytest.fixture(scope="class")
def proof(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, reached: Reached, *, every: bool
) -> Result:
    """One run of the suites against every variant that a chosen test of the class is about."""
    names = sorted({name for item in request.session.items for name in needed(item, request.cls)})
    return run_against(tmp_path_factory.mktemp("proof"), names, None if every else reached)


@pytest.fixture(scope="class")
def the_other_way(tmp_path_factory: pytest.TempPathFactory, proof: Result, reached: Reached, *, every: bool) -> Result:
    """Variants run with every test where the proof leaves some out, or the other way round."""
    left = {name: len(reached.unchanged_by(variants()[name].role)) for name in proof.outcomes}
    names = sorted(filter(left.get, left), key=lambda name: -left[name])
    return run_against(tmp_path_factory.mktemp("other"), names if every else names[:2], reached if every else None)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Prove each fault, oddity and requirement of the family's role."""
    if metafunc.cls is None or not issubclass(metafunc.cls, KillAndSpare):
        return
    for name, values in (("fault", faults), ("oddity", oddities), ("requirement", requirements)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, list(values(metafunc.cls.role)), scope="class")
