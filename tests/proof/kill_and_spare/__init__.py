"""Every requirement is caught by a fault, every fault trips what it names and no more, and no oddity trips anything.

Each family has a file, whose one class says by which judgements its requirements are found to be broken. Only the
variants that the chosen tests need are run: `pytest tests/proof/kill_and_spare -k frontdoor-is-cached` runs one.

On a variant those tests of its family are run that reach a step which it replaces, unless that changes nothing and
answers each call as the reference does: the others cannot tell it from the reference, and count as passed.
`--every-test` leaves none out, as each night does, and compares both ways on all variants; otherwise they are compared
on the two for which most is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import ClassVar

import pytest

from conformance.config.profile import load_profile
from conformance.reference.variants import Variant, variants
from conformance.rules.outcome import Outcome
from tests.suite import Result

JUDGEMENTS: dict[str, dict[str, str]] = {}
"""The judgements of each class, by its role."""


class KillAndSpare:
    """The proof of one family, which derives from this.

    Attributes:
        role: the role whose requirements and variants are proved.
        judgements: by which judgements each requirement is found to be broken, separated by blanks. A kill by accident
            comes by another one. Left out is what the faults themselves say, as `fault(kills={"SAB-17": "…"})`.
    """

    role: ClassVar[str]
    judgements: ClassVar[dict[str, str]]

    def __init_subclass__(cls) -> None:
        JUDGEMENTS[cls.role] = cls.judgements

    def test_a_fault_trips_what_it_names_and_nothing_else(self, proof: Result, fault: str) -> None:
        """The named requirements deviate; all others pass, or are inconclusive where the fault breaks their control."""
        expected = faults(self.role)[fault]
        outcomes = proof.outcomes[fault]

        assert {requirement for requirement, outcome in outcomes.items() if outcome.is_deviation} == expected.kills

        rest = {
            outcome
            for requirement, outcome in outcomes.items()
            if requirement not in expected.kills
            and not (requirement in expected.untested and outcome in (Outcome.NOT_TESTED, Outcome.NOT_APPLICABLE))
        }
        assert rest <= {Outcome.PASSED} | ({Outcome.INCONCLUSIVE} if expected.blinds else set())

    def test_a_fault_is_caught_by_the_requirements_own_judgement(self, proof: Result, fault: str) -> None:
        """Each kill says what went against the target, and that is what the requirement is about."""
        for requirement in faults(self.role)[fault].kills:
            found = proof.judgements[fault, requirement]
            assert found, requirement
            assert found <= judgements_of(self.role, requirement), (
                f"{requirement} is found to be broken by {found}: say so in tests/proof/kill_and_spare, or at its fault"
            )

    def test_each_judgement_that_is_named_is_made_by_a_fault(self, proof: Result, requirement: str) -> None:
        """No table names more than what is seen."""
        made = [proof.judgements[name, requirement] for name in killers(self.role, requirement)]
        assert set().union(*made) == judgements_of(self.role, requirement)

    def test_an_oddity_trips_nothing(self, proof: Result, oddity: str) -> None:
        """Every requirement passes on it, but where it gives no occasion, or its dialect waives."""
        rest = {r: o for r, o in proof.outcomes[oddity].items() if o is not Outcome.PASSED}
        has_dialect = "dialect" in oddities(self.role)[oddity].role.capabilities

        assert rest.keys() == oddities(self.role)[oddity].untested
        assert set(rest.values()) <= ({Outcome.WAIVED} if has_dialect else {Outcome.NOT_TESTED, Outcome.NOT_APPLICABLE})

    def test_the_tests_that_are_left_out_change_nothing(self, proof: Result, the_other_way: Result) -> None:
        """Each outcome and each judgement is the same where every test is run, and where those are left out."""
        names = the_other_way.outcomes.keys()

        assert names
        assert {name: proof.outcomes[name] for name in names} == the_other_way.outcomes
        assert {key: found for key, found in proof.judgements.items() if key[0] in names} == the_other_way.judgements

    def test_a_requirement_is_caught_by_a_fault(self, requirement: str) -> None:
        """No check is one that cannot fail."""
        assert killers(self.role, requirement)


@cache
def faults(role: str) -> dict[str, Variant]:
    """The faults of a role, by name."""
    return {name: variant for name, variant in variants().items() if variant.kills and variant.role.role == role}


@cache
def oddities(role: str) -> dict[str, Variant]:
    """The oddities of a role, by name."""
    return {name: variant for name, variant in variants().items() if not variant.kills and variant.role.role == role}


@cache
def requirements(role: str) -> list[str]:
    """The requirements on a role."""
    return [requirement.id for requirement in load_profile("winter26").requirements if requirement.role == role]


def killers(role: str, requirement: str) -> list[str]:
    """The faults that a requirement catches."""
    return [name for name, variant in faults(role).items() if requirement in variant.kills]


def judgements_of(role: str, requirement: str) -> set[str]:
    """The judgements by which a requirement may be found to be broken."""
    named = {variant.judgements.get(requirement, "") for variant in faults(role).values()} - {""}
    return set(JUDGEMENTS[role].get(requirement, "").split()) | named


def needed(item: pytest.Item, proof: type[KillAndSpare]) -> Iterator[str]:
    """The variants without which a test of a proof cannot be judged."""
    if not isinstance(item, pytest.Function) or item.cls is not proof or "proof" not in item.fixturenames:
        return
    if "the_other_way" in item.fixturenames:
        yield from [*faults(proof.role), *oddities(proof.role)]
        return
    for kind, name in item.callspec.params.items():
        yield from killers(proof.role, name) if kind == "requirement" else [name]
