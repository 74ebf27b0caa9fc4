"""The built-in profiles: what their requirements say, and how.

A test goes through all requirements and names those that break it.
"""

import re

from conformance.config.profile import builtin_profiles
from tests.profiles import builtin

REQUIREMENTS = {one.id: one for name in builtin_profiles() for one in builtin(name).requirements}.values()


def test_a_built_in_profile_loads_under_its_own_name() -> None:
    assert [builtin(name).name for name in builtin_profiles()] == list(builtin_profiles())


def test_titles_are_unique() -> None:
    titles = [requirement.title for requirement in REQUIREMENTS]
    assert len(set(titles)) == len(titles) > 300


def test_a_title_is_a_short_fact() -> None:
    said = {one.id: one.title for one in REQUIREMENTS}
    assert {id_: title for id_, title in said.items() if len(title) > 90} == {}
    assert {id_: title for id_, title in said.items() if not title[0].isupper() or title.endswith(".")} == {}
    advice = re.compile(r"\b(should|must|test that)\b", re.IGNORECASE)
    assert {id_: title for id_, title in said.items() if advice.search(title)} == {}


def test_rationale_and_remedy_are_sentences() -> None:
    said = [(one.id, text) for one in REQUIREMENTS for text in (one.rationale, one.remedy)]
    assert [(id_, text) for id_, text in said if len(text) > 300 or "\n" in text] == []
    assert [(id_, text) for id_, text in said if not text[0].isupper() or not text.endswith(".")] == []


def test_the_remedy_says_more_than_the_title() -> None:
    assert [one.id for one in REQUIREMENTS if one.remedy.rstrip(".").lower() == one.title.lower()] == []


def test_an_address_has_one_title() -> None:
    titles: dict[str, set[str]] = {}
    for source in (source for one in REQUIREMENTS for source in one.sources):
        titles.setdefault(str(source.url), set()).add(source.title)
    assert {url: found for url, found in titles.items() if len(found) > 1} == {}


def test_an_address_of_an_rfc_is_that_of_the_section_that_is_named() -> None:
    def fits(url: str, title: str, section: str) -> bool:
        found = re.search(r"/rfc/rfc(\d+)(?:#(section|appendix)-(.+))?$", url)
        if found is None:
            return True
        number, kind, place = found.groups()
        named = {"section": f"{place} ", "appendix": f"Appendix {place}, "}.get(kind, "")
        return title.startswith(f"RFC {number}, ") and section.startswith(named)

    sources = [(one.id, source) for one in REQUIREMENTS for source in one.sources]
    assert [(id_, s.url) for id_, s in sources if not fits(str(s.url), s.title, s.section or "")] == []
