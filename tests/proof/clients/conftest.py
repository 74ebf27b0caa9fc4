"""What the proof of a role is repeated for."""

from __future__ import annotations

import operator
from concurrent.futures import ThreadPoolExecutor
from functools import reduce

import pytest

from tests.proof.clients import ProofOfClients, judged, requirements, variants_of
from tests.suite import Result

SIDE_BY_SIDE = 2
"""How many runs share the variants of a role: half of the time a client waits."""


@pytest.fixture(scope="class")
def proof(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Runs of the suites, at the same time, against every variant of the role."""
    names = [*variants_of(request.cls.role)]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        folders = [tmp_path_factory.mktemp("clients") for _ in range(SIDE_BY_SIDE)]
        runs = pool.map(judged, folders, [names[part::SIDE_BY_SIDE] for part in range(SIDE_BY_SIDE)])
        return reduce(operator.or_, runs)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Prove each variant and requirement of the role."""
    if metafunc.cls is None or not issubclass(metafunc.cls, ProofOfClients):
        return
    for name, values in (("client", variants_of), ("requirement", requirements)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, list(values(metafunc.cls.role)), scope="class")
