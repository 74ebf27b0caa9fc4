"""Profiles: families, extension, overrides, and what is wrong with them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from conformance.config.profile import Requirement, builtin_profiles, load_profile
from conformance.documents import UsageProblem

FAMILY = """\
family: {family}
title: Made up
requirements:
  - id: {id}
    title: Something holds
    level: should
    basis: documented
    role: single_access
    effects: [reads]
    sources: [{{title: A document, url: https://example.com/doc}}]
    rationale: It matters.
    remedy: Mend it.
    parameters: {{seconds: 5}}
"""

type Write = Callable[[str, str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, text: str) -> str:
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        return str(path)

    return write


def profile(name: str, rest: str) -> str:
    return f"profile: {name}\ntitle: Mine\nrelease: R\n{rest}\n"


def problems_of(name: str) -> list[str]:
    with pytest.raises(UsageProblem) as caught:
        load_profile(name)
    return [problem.rpartition("/")[2] if "://" not in problem else problem for problem in caught.value.problems]


@pytest.fixture
def family(write: Write) -> None:
    write("one", FAMILY.format(family="one", id="AAA-01"))


@pytest.mark.usefixtures("family")
def test_a_profile_holds_the_requirements_of_its_families(write: Write) -> None:
    loaded = load_profile(write("mine", profile("mine", "families: [one]")))
    assert [requirement.id for requirement in loaded.requirements] == ["AAA-01"]
    assert loaded.requirement("AAA-01").family == "one"
    with pytest.raises(KeyError, match="mine has no requirement AAA-02"):
        loaded.requirement("AAA-02")


@pytest.mark.usefixtures("family")
def test_an_override_changes_level_and_parameters_and_nothing_else(write: Write) -> None:
    plain = load_profile(write("mine", profile("mine", "families: [one]")))
    overrides = "extends: mine\noverrides: {AAA-01: {level: must, parameters: {seconds: 9}}}"
    strict = load_profile(write("strict", profile("strict", overrides)))
    before, after = plain.requirement("AAA-01"), strict.requirement("AAA-01")
    assert (after.level, after.parameters) == ("must", {"seconds": 9})
    assert (
        after.model_copy(update={"level": "should", "parameters": {"seconds": 5}}).model_dump() == before.model_dump()
    )
    assert len({plain.digest, strict.digest, before.digest, after.digest}) == 4


@pytest.mark.usefixtures("family")
def test_the_digest_hangs_on_the_meaning_not_on_the_layout(write: Write) -> None:
    first = load_profile(write("mine", profile("mine", "families: [one]"))).digest
    assert load_profile(write("mine", "# new\n" + profile("mine", "families:\n  - one"))).digest == first


def test_a_built_in_profile_is_loaded_by_name_and_extended_by_name(write: Write) -> None:
    base = load_profile("winter26")
    own = load_profile(write("winter26", profile("winter26", "extends: winter26")))
    assert own.requirements == base.requirements
    assert "winter26" in builtin_profiles()


def test_requirements_are_immutable_and_hashable() -> None:
    requirement = load_profile("winter26").requirements[0]
    assert isinstance(requirement, Requirement)
    assert {requirement: 1}[requirement] == 1
    with pytest.raises(ValueError, match="frozen"):
        requirement.level = "may"  # type: ignore[misc]


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(UsageProblem, match=r"'winter62'.* did you mean winter26\?.* \./winter62\.yaml$"):
        load_profile("winter62")


ONE = "families: [one]\noverrides:\n  AAA-01: "
"""The beginning of an override, which stands in line 6."""


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (
            ONE.replace("01", "02") + "{level: must}",
            "6: overrides.AAA-02: the profile has no requirement AAA-02; did you mean AAA-01?",
        ),
        (
            ONE + "{parameters: {secnds: 5}}",
            "6: overrides.AAA-01.parameters.secnds: AAA-01 has no such parameter; did you mean seconds?",
        ),
        (
            ONE + "{parameters: {seconds: true}}",
            "6: overrides.AAA-01.parameters.seconds: must be a number, as in AAA-01 itself",
        ),
        (ONE + "{basis: observed}", "6: overrides.AAA-01.basis: cannot be overridden"),
        (ONE + "{level: always}", "6: overrides.AAA-01.level: 'always' is not known; known: must, should, may"),
        ("families: [one, one]", "4: families[1]: the family one is in the profile already"),
        ("families: [oen]", "4: families[0]: there is no oen.yaml beside this file; did you mean one?"),
        ("families: [token-handling]", "for the built-in families write extends: winter26"),
        ("families: [../one]", "4: families[0]: must be lower-case letters, digits and hyphens"),
        ("extends: winter62", "4: extends: there is no profile 'winter62'; did you mean winter26?"),
        ("extends: mine", "4: extends: the profiles extend each other in a circle: mine.yaml → mine.yaml"),
        ("", "1: families: is missing, and so is extends"),
        ("family: [one]", "4: family: unknown field; did you mean families?"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_the_way_out(write: Write, rest: str, said: str) -> None:
    assert any(said in problem for problem in problems_of(write("mine", profile("mine", rest))))


def test_a_circle_is_printed(write: Write) -> None:
    write("b", profile("b", "extends: c"))
    write("c", profile("c", "extends: ./a.yaml"))
    (problem,) = problems_of(write("a", profile("a", "extends: b")))
    assert problem == "c.yaml:4: extends: the profiles extend each other in a circle: a.yaml → b.yaml → c.yaml → a.yaml"


@pytest.mark.usefixtures("family")
def test_an_id_that_two_families_use_is_refused_with_both_places(write: Write) -> None:
    write("two", FAMILY.format(family="two", id="AAA-01"))
    (problem,) = problems_of(write("mine", profile("mine", "families: [one, two]")))
    assert problem.startswith("one.yaml:4; ids are permanent")


def test_an_id_that_stands_twice_in_one_line_is_refused(write: Write) -> None:
    content = yaml.safe_load(FAMILY.format(family="one", id="AAA-01"))
    write("one", json.dumps(content | {"requirements": content["requirements"] * 2}))
    (problem,) = problems_of(write("mine", profile("mine", "families: [one]")))
    assert "ids are permanent" in problem


def test_errors_of_all_files_come_at_once(write: Write) -> None:
    write("one", FAMILY.format(family="one", id="A-1"))
    write("two", "family: two\n\tbroken\n")
    write("base", profile("base", "familys: []"))
    problems = problems_of(write("mine", profile("mine", "extends: base\nfamilies: [one, two, three]\nnonsense: 1")))
    assert {problem.split(":")[0] for problem in problems} == {"one.yaml", "two.yaml", "base.yaml", "mine.yaml"}


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://wiki.corp/",
        "https://a:b@example.com/",
        "https://[",
        "example.com",
    ],
)
def test_a_source_is_a_public_https_address(write: Write, url: str) -> None:
    write("one", FAMILY.format(family="one", id="AAA-01").replace("https://example.com/doc", f"'{url}'"))
    with pytest.raises(UsageProblem, match=r"sources\[0\]\.url: must be an https address|is not an address"):
        load_profile(write("mine", profile("mine", "families: [one]")))


def test_a_copy_of_a_profile_has_a_digest_of_its_own() -> None:
    profile = load_profile("winter26")
    first = profile.requirements[0]
    assert first.digest != first.model_copy(update={"level": "may"}).digest
    assert first.digest == first.model_copy().digest
    shorter = profile.model_copy(update={"families": profile.families[:1]})
    assert (shorter.digest, shorter.requirements) != (profile.digest, profile.requirements)
    assert len(shorter.requirements) == len(profile.families[0].requirements)
