"""Every requirement on clients is caught by a faulty client, and no unusual but correct client trips anything."""

from __future__ import annotations

import pytest

from conformance.config.profile import load_profile
from conformance.reference.clients.variants import ClientVariant, client_variants
from conformance.rules.outcome import Outcome
from tests.proof.clients import JUDGEMENTS, judged
from tests.suite import Result

pytestmark = pytest.mark.proves("clients")

VARIANTS = client_variants()
FAULTS = {name: variant for name, variant in VARIANTS.items() if variant.kills}
ODDITIES = {name: variant for name, variant in VARIANTS.items() if not variant.kills}
REQUIREMENTS = {requirement.id: requirement for requirement in load_profile("winter26-clients").requirements}


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run of the suites against every variant."""
    return judged(tmp_path_factory.mktemp("clients"), VARIANTS, "-n2")


@pytest.mark.parametrize("name", VARIANTS)
def test_a_client_trips_what_it_names_and_nothing_else(proof: Result, name: str) -> None:
    """The named requirements deviate; all others on its role pass, but for those to which it gives no occasion."""
    variant: ClientVariant = VARIANTS[name]
    found = proof.outcomes[name]

    assert {requirement for requirement, outcome in found.items() if outcome.is_deviation} == variant.kills
    rest = {r: o for r, o in found.items() if r not in variant.kills and o is not Outcome.PASSED}
    assert rest == dict.fromkeys(variant.untested, Outcome.NOT_TESTED)


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_requirement_is_caught_by_its_own_judgements(proof: Result, requirement: str) -> None:
    """Each judgement that the table names is made by a fault, and no other one is."""
    made = [proof.judgements[name, requirement] for name, fault in FAULTS.items() if requirement in fault.kills]

    assert made
    assert set().union(*made) == set(JUDGEMENTS[requirement].split())


@pytest.mark.parametrize("role", sorted({requirement.role for requirement in REQUIREMENTS.values()}))
def test_a_role_has_oddities(role: str) -> None:
    """What is unusual and correct is tried on each role."""
    assert any(variant.program.role == role for variant in ODDITIES.values())
