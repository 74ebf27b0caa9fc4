"""What the documentation site reads from the guides and from the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.documents import UsageProblem
from conformance.documents.docstrings import attributes
from conformance.judging.verdict import ExitCode
from docs_site import guides, people
from docs_site.building import build, navigation
from docs_site.deviations import GUIDE, deviations, identifiers
from docs_site.guides import CATALOGUE, REPOSITORY, linked
from docs_site.pictures import picture
from docs_site.requirements import families

FOUND = deviations(REPOSITORY)


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        ("CCS-12, 13", ["CCS-12", "CCS-13"]),
        ("CCS-51 to 54, 56", ["CCS-51", "CCS-52", "CCS-53", "CCS-54", "CCS-56"]),
        ("BIN-17 and 19", ["BIN-17", "BIN-19"]),
        ("ROC-02 and ROC-08", ["ROC-02", "ROC-08"]),
        ("requirement", []),
    ],
)
def test_a_cell_names_requirements(cell: str, named: list[str]) -> None:
    assert identifiers(cell) == named


def test_each_deviation_is_from_a_requirement_that_exists() -> None:
    assert set(FOUND) <= {r.id for family in families() for r in family.requirements}


def test_each_system_with_a_section_or_a_row_of_its_own_is_read() -> None:
    text = (REPOSITORY / GUIDE).read_text("utf-8")
    systems = {d.system for several in FOUND.values() for d in several}
    for system in (
        "NanoIDP 3.4.0",
        "nginx 1.22 with its dav module",
        "rclone 1.60, by WebDAV",
        "Tomcat 10.1, the default servlet",
    ):
        assert system in systems
        assert system in text


@pytest.mark.parametrize(
    ("identifier", "system", "outcome"),
    [
        ("CCS-13", "NanoIDP 3.4.0", "failed"),  # a section of its own
        ("BIN-23", "most of the stores", "failed"),  # the table that several share
        ("BIN-23", "WsgiDAV 4.4 on cheroot", "failed"),  # of the list above
        ("BIN-17", "rclone 1.60, by WebDAV", "warned"),  # all but one of it
        ("BIN-12", "copyparty 1.20", "warned"),  # tried by hand
        ("ROC-08", "jsforce 3.10.16, a rotation script", "differs"),  # a client
        ("CCC-08", "simple-oauth2 5.1.0, token client", "warned"),  # a row that goes on about the client above
    ],
)
def test_a_deviation_is_found_wherever_the_guide_tells_it(identifier: str, system: str, outcome: str) -> None:
    assert (system, outcome) in {(d.system, d.outcome) for d in FOUND[identifier]}


def test_what_does_not_deviate_is_not_told() -> None:
    assert "rclone 1.60, by WebDAV" not in {d.system for d in FOUND["BIN-24"]}
    assert "oidc-provider 9.13.3" not in {d.system for d in FOUND.get("CCS-46", [])}


def test_every_guide_has_one_place() -> None:
    places = list(people.placed())
    assert len(places) == len(set(places))
    assert {path for path in places if path.startswith("docs/")} == {
        f"docs/{path.name}" for path in (REPOSITORY / "docs").glob("*.md")
    } - {CATALOGUE}


def test_a_guide_without_a_place_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guides, "placed", lambda: iter(["docs/audit.md"]))
    with pytest.raises(UsageProblem, match=r"docs/safety\.md: nobody finds it"):
        guides.write_guides(tmp_path, None)


@pytest.mark.parametrize(
    ("link", "led"),
    [
        ("[a](requirements.md#sab-01)", "[a](../requirements/SAB-01.md)"),
        ("[a](requirements.md)", "[a](../requirements/index.md)"),
        ("[a](outcomes.md#waivers)", "[a](outcomes.md#waivers)"),
        ("[a](../ARCHITECTURE.md)", "[a](../project/ARCHITECTURE.md)"),
        ("[a](https://example.com/x.md)", "[a](https://example.com/x.md)"),
        ("[a](#here)", "[a](#here)"),
        ("[a](../profiles/schema/target.schema.json)", "[a](../files/profiles/schema/target.schema.json)"),
    ],
)
def test_a_link_leads_to_a_page_of_the_site(link: str, led: str, tmp_path: Path) -> None:
    assert linked(link, "docs/audit.md", tmp_path) == led


def test_a_link_to_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"docs/audit\.md: a link leads to docs/gone\.md"):
        linked("[a](gone.md)", "docs/audit.md", tmp_path)


def test_a_picture_that_does_not_exist_is_told() -> None:
    with pytest.raises(UsageProblem, match="there is no picture 'cat'"):
        picture("cat", None, "")


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(UsageProblem, match="site exists, and was not built by this"):
        build(tmp_path, with_pictures=False)
    assert (tmp_path / "site" / "mine.txt").read_text("utf-8") == "mine"


def test_every_requirement_is_in_the_navigation() -> None:
    text = str(navigation())
    assert [r.id for family in families() for r in family.requirements if f"requirements/{r.id}.md" not in text] == []


def test_every_exit_code_says_what_it_means() -> None:
    assert set(attributes(ExitCode)) >= {code.name for code in ExitCode}
