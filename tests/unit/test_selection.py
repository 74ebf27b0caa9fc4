"""Which requirements are chosen, and what is said where a name means nothing or nothing is left."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.documents import UsageProblem
from conformance.judging.selection import Selection, choose
from tests.profiles import builtin

PROFILE = builtin("winter26")
BY_ID = {requirement.id: requirement for requirement in PROFILE.requirements}


def chosen(**given: Any) -> frozenset[str]:
    return choose(PROFILE, Selection(**given))


def problems_of(**given: Any) -> list[str]:
    with pytest.raises(UsageProblem) as caught:
        chosen(**given)
    return caught.value.problems


def test_nothing_given_chooses_everything() -> None:
    assert chosen() == set(BY_ID)


@pytest.mark.parametrize("value", ["CCS", "ccs", "CCS-*", "ccs-??"])
def test_the_beginning_of_an_id_or_a_pattern_chooses_all_that_are_like_it(value: str) -> None:
    assert chosen(require=[value]) == {identifier for identifier in BY_ID if identifier.startswith("CCS-")}


def test_several_values_add_up() -> None:
    assert chosen(require=["SAB-02", "sab-01", "CCS-0[12]"]) == {"SAB-01", "SAB-02", "CCS-01", "CCS-02"}


def test_a_family_chooses_its_requirements() -> None:
    found = {BY_ID[identifier].family for identifier in chosen(families=["client-credentials", "binary-files"])}
    assert found == {"client-credentials", "binary-files"}


def test_a_role_chooses_the_requirements_on_it() -> None:
    assert {BY_ID[identifier].role for identifier in chosen(roles=["business_system"])} == {"business_system"}


def test_a_level_chooses_itself_and_what_is_above() -> None:
    assert {BY_ID[identifier].level for identifier in chosen(level="must")} == {"must"}
    assert {BY_ID[identifier].level for identifier in chosen(level="should")} == {"must", "should"}
    assert chosen(level="may") == set(BY_ID)


def test_options_narrow_each_other() -> None:
    found = chosen(require=["CON", "ACT"], roles=["business_system"], level="must")
    assert found == {i for i, one in BY_ID.items() if i[:3] in ("CON", "ACT") and one.level == "must"}


def test_every_unknown_name_is_named_with_what_is_near() -> None:
    """Not only the first."""
    said = problems_of(require=["SAB-1", "CSS-*", "SAB-77"], families=["client-credential"], roles=["token-endpoint"])
    assert [line.partition(";")[0] for line in said] == [
        "--require: winter26 has no requirement 'SAB-1'",
        "--require: winter26 has no requirement 'CSS-*'",
        "--require: winter26 has no requirement 'SAB-77'",
        "--family: winter26 has no family 'client-credential'",
        "--role: winter26 has nothing on the role 'token-endpoint'",
    ]
    assert said[0].endswith("; near it are SAB-10, SAB-11, SAB-12")
    assert said[1].endswith("; near it is CCS")
    assert said[3].endswith("; near it is client-credentials")
    assert said[4].endswith("; near it is token_endpoint")


def test_a_selection_that_leaves_nothing_is_a_mistake() -> None:
    """A run that tests nothing would prove nothing."""
    assert problems_of(require=["SAB-13"], level="must") == [
        "--require=SAB-13 --level=must: these leave nothing of winter26 to test; leave one of them out"
    ]
    assert problems_of(require=["CCS"], families=["binary-files"], roles=["file_service"]) == [
        "--require=CCS --family=binary-files --role=file_service: these leave nothing of winter26 to test; "
        "leave one of them out"
    ]
