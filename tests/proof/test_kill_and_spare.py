"""Every requirement is caught by a fault, every fault trips what it names and no more, and no oddity trips anything."""

from __future__ import annotations

import pytest

from conformance.config.profile import load_profile
from conformance.reference.variants import Variant, variants
from conformance.rules.outcome import Outcome
from tests.proof import binary_files, change_triggers, client_credentials, rotation_lifecycle
from tests.suite import Result, run_suite

VARIANTS = variants()
FAULTS = {name: variant for name, variant in VARIANTS.items() if variant.kills}
ODDITIES = {name: variant for name, variant in VARIANTS.items() if not variant.kills}
REQUIREMENTS = [requirement.id for requirement in load_profile("winter26").requirements]

# What a requirement's own message is about: a kill by accident says something else.
MESSAGES = {
    "SAB-01": "a refusal",
    "SAB-02": "a refusal",
    "SAB-03": "a refusal",
    "SAB-04": "status 200 and a frontdoor URL",
    "SAB-05": "redirect_uri|status 200 and a frontdoor URL",
    "SAB-06": "status 200 and a frontdoor URL",
    "SAB-07": "a refusal",
    "SAB-08": "absolute https frontdoor_uri|status 200",
    "SAB-09": "contains the access token",
    "SAB-10": "still logs in at its second use",
    "SAB-11": "with 401 or 403",
    "SAB-12": "with 401 or 403",
    "SAB-13": "Bearer scheme",
    "SAB-14": "evil.example|login.example.com",
    "SAB-15": "no-store|status 200",
    "SAB-16": "still logs in 86400 seconds",
    "SAB-17": "the same frontdoor URL",
    "SAB-18": "with 401 or 403",
    "SAB-19": "with 401 or 403",
    "SAB-20": "with 401 or 403",
    "SAB-21": "the challenge names error",
    "SAB-22": "contains the access token",
    "SAB-23": "a refusal",
    "SAB-24": "a refusal",
    "SAB-25": "a refusal",
    "SAB-26": "a refusal",
    "SAB-27": "status 200 and a frontdoor URL",
    "SAB-28": "a refusal",
    "SAB-29": "a refusal",
    **client_credentials.MESSAGES,
    **rotation_lifecycle.MESSAGES,
    **binary_files.MESSAGES,
    **change_triggers.MESSAGES,
}


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
def test_a_fault_is_named_by_the_requirements_own_message(proof: Result, name: str) -> None:
    """Each kill says what that requirement is about."""
    for requirement in FAULTS[name].kills:
        said = " ".join(proof.messages[name, requirement])
        assert any(fragment in said for fragment in MESSAGES[requirement].split("|")), said


@pytest.mark.parametrize("name", ODDITIES)
def test_an_oddity_trips_nothing(proof: Result, name: str) -> None:
    """Every requirement passes on it, except for those to which it gives no occasion."""
    untested = dict.fromkeys(ODDITIES[name].untested, Outcome.NOT_TESTED)

    assert {r: o for r, o in proof.outcomes[name].items() if o is not Outcome.PASSED} == untested


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_requirement_is_caught_by_a_fault(requirement: str) -> None:
    """No check is one that cannot fail."""
    assert any(requirement in variant.kills for variant in FAULTS.values())


def test_requirements_and_tests_are_the_same_set(proof: Result) -> None:
    """Each requirement has a test, and each test a requirement."""
    tested = {requirement for outcomes in proof.outcomes.values() for requirement in outcomes}

    assert tested == set(REQUIREMENTS)
