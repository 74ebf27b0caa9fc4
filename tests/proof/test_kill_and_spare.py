"""Every requirement is caught by a fault, every fault trips what it names and no more, and no oddity trips anything."""

from __future__ import annotations

import pytest

from conformance.config.profile import load_profile
from conformance.reference.variants import Variant, variants
from conformance.rules.outcome import Outcome
from tests.proof import binary_files, change_triggers, client_credentials, rotation_lifecycle, token_handling
from tests.suite import Result, run_suite

VARIANTS = variants()
FAULTS = {name: variant for name, variant in VARIANTS.items() if variant.kills}
ODDITIES = {name: variant for name, variant in VARIANTS.items() if not variant.kills}
REQUIREMENTS = [requirement.id for requirement in load_profile("winter26").requirements]

JUDGEMENTS = {
    requirement: set(named.split())
    for family in (token_handling, client_credentials, rotation_lifecycle, binary_files, change_triggers)
    for requirement, named in family.JUDGEMENTS.items()
}
"""By which judgements each requirement is found to be broken: a kill by accident comes by another one."""


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run of all suites against every variant."""
    return run_suite(tmp_path_factory.mktemp("proof"), "--variant=all", "--depth=quick", "-qq", "-n2")


def deviations(proof: Result, name: str) -> set[str]:
    """The requirements on which a variant was found out."""
    return {requirement for requirement, outcome in proof.outcomes[name].items() if outcome.is_deviation}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_trips_what_it_names_and_nothing_else(proof: Result, name: str) -> None:
    """The named requirements deviate; all others pass, or are inconclusive where the fault breaks their control."""
    fault: Variant = FAULTS[name]

    assert deviations(proof, name) == fault.kills

    rest = {
        outcome
        for requirement, outcome in proof.outcomes[name].items()
        if requirement not in fault.kills and not (requirement in fault.untested and outcome is Outcome.NOT_TESTED)
    }
    assert rest <= {Outcome.PASSED} | ({Outcome.INCONCLUSIVE} if fault.blinds else set())


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_caught_by_the_requirements_own_judgement(proof: Result, name: str) -> None:
    """Each kill says what went against the target, and that is what the requirement is about."""
    for requirement in FAULTS[name].kills:
        found = proof.judgements[name, requirement]
        assert found, requirement
        assert found <= JUDGEMENTS[requirement]


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_each_judgement_that_is_named_is_made_by_a_fault(proof: Result, requirement: str) -> None:
    """No table names more than what is seen."""
    made = [proof.judgements[name, requirement] for name, fault in FAULTS.items() if requirement in fault.kills]
    assert set().union(*made) == JUDGEMENTS[requirement]


@pytest.mark.parametrize("name", ODDITIES)
def test_an_oddity_trips_nothing(proof: Result, name: str) -> None:
    """Every requirement passes on it, except for those to which it gives no occasion, or which its dialect waives."""
    rest = {r: o for r, o in proof.outcomes[name].items() if o is not Outcome.PASSED}
    has_dialect = "dialect" in ODDITIES[name].role.capabilities

    assert rest.keys() == ODDITIES[name].untested
    assert set(rest.values()) <= ({Outcome.WAIVED} if has_dialect else {Outcome.NOT_TESTED, Outcome.NOT_APPLICABLE})


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_requirement_is_caught_by_a_fault(requirement: str) -> None:
    """No check is one that cannot fail."""
    assert any(requirement in variant.kills for variant in FAULTS.values())


def test_requirements_and_tests_are_the_same_set(proof: Result) -> None:
    """Each requirement has a test, and each test a requirement."""
    tested = {requirement for outcomes in proof.outcomes.values() for requirement in outcomes}

    assert tested == set(REQUIREMENTS)
