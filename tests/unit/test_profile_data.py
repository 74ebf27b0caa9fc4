"""The built-in profiles: what their requirements say, and how."""

import re
from collections.abc import Iterator

import pytest

from conformance.config.profile import Requirement, builtin_profiles, load_profile


def all_requirements() -> Iterator[Requirement]:
    found = {
        requirement.id: requirement for name in builtin_profiles() for requirement in load_profile(name).requirements
    }
    yield from found.values()


REQUIREMENTS = list(all_requirements())
each = pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.id)


@pytest.mark.parametrize("name", builtin_profiles())
def test_a_built_in_profile_loads_under_its_own_name(name: str) -> None:
    assert load_profile(name).name == name


def test_titles_are_unique() -> None:
    titles = [requirement.title for requirement in REQUIREMENTS]
    assert len(set(titles)) == len(titles)


@each
def test_a_title_is_a_short_fact(requirement: Requirement) -> None:
    title = requirement.title
    assert len(title) <= 90
    assert title[0].isupper()
    assert not title.endswith(".")
    assert not re.search(r"\b(should|must|test that)\b", title, re.IGNORECASE)


@each
def test_rationale_and_remedy_are_sentences(requirement: Requirement) -> None:
    for sentence in (requirement.rationale, requirement.remedy):
        assert len(sentence) <= 300
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "\n" not in sentence


@each
def test_the_remedy_says_more_than_the_title(requirement: Requirement) -> None:
    assert requirement.remedy.rstrip(".").lower() != requirement.title.lower()
