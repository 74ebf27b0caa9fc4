"""What the proof of a role is repeated for."""

from __future__ import annotations

import pytest

from tests.proof.clients import ProofOfClients, judged, requirements, variants_of
from tests.suite import Result


@pytest.fixture(scope="class")
def proof(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run of the suites against every variant of the role."""
    return judged(tmp_path_factory.mktemp("clients"), variants_of(request.cls.role))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Prove each variant and requirement of the role."""
    if metafunc.cls is None or not issubclass(metafunc.cls, ProofOfClients):
        return
    for name, values in (("client", variants_of), ("requirement", requirements)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, list(values(metafunc.cls.role)), scope="class")
