"""Programs that fill a parameter of a query with a credential that the file doesn't show: a warning.

Each case of the corpus has a clean twin, which sends the credential elsewhere, or fills another parameter.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from conformance.traffic.audit.formats import Kind, kind_of
from tests.unit.audit_content import audit, seen

_CORPUS: Final = Path(__file__).parents[1] / "corpus" / "built-queries.txt"
_PARTS: Final = re.split(r"(?m)^=== (.+): (warn|clean)\n", _CORPUS.read_text("utf-8"))
BUILT: Final = {
    name: text for name, is_, text in zip(_PARTS[1::3], _PARTS[2::3], _PARTS[3::3], strict=True) if is_ == "warn"
}
CLEAN: Final = {
    name: text for name, is_, text in zip(_PARTS[1::3], _PARTS[2::3], _PARTS[3::3], strict=True) if is_ == "clean"
}


@pytest.mark.parametrize("case", BUILT)
def test_a_query_that_is_built_with_a_credential_is_warned_of_once(case: str) -> None:
    result = audit(BUILT[case])
    rule = "L7" if "{{ secrets." in BUILT[case] else "W3"
    assert [(rule, place) for rule, place, _, _ in seen(result)] == [(rule, "design")]
    assert [one.count for one in result.found.values()] == [1]


@pytest.mark.parametrize("case", CLEAN)
def test_a_header_a_body_or_another_parameter_is_clean(case: str) -> None:
    assert [rule for rule, _, _, _ in seen(audit(CLEAN[case])) if not rule.startswith("W")] == []


def test_what_documentation_has_in_place_of_a_value_leaks_nothing() -> None:
    fillers = ("{access_token}", "${ACCESS_TOKEN}", "$TOKEN", "{{token}}", "%s", "<ACCESS_TOKEN>", "YOUR_ACCESS_TOKEN")
    text = "".join(f"Call `https://api.example.com/me?access_token={filler}`.\n" for filler in fillers)
    assert [rule for rule, _, _, _ in seen(audit(text)) if not rule.startswith("W")] == []


def test_a_finding_names_line_host_and_parameter() -> None:
    text = 'import x\n\n\nu = f"https://api.example.com/v1/me?page={page}&api_key={key}"\n'
    (found,) = audit(text).found.values()
    assert (found.first.line, found.finding.host, found.finding.parameter) == (4, "api.example.com", "api_key")


def test_a_value_that_the_file_shows_is_judged_itself() -> None:
    assert seen(audit("KEY = 'changeme'\nu = f'https://api.example.com/x?api_key={KEY}'\n")) == []


def test_lines_of_blanks_take_no_time() -> None:
    assert seen(audit("             \n" * 200 + 'curl "$URL?page=$KEY"\nKEY=1\n')) == []


@pytest.mark.parametrize("text", ["{ token }: builtins.fetchurl x", "{ print $1 }", "[[inputs.http]]\na = 1\n"])
def test_code_that_begins_with_a_bracket_is_no_json(text: str) -> None:
    assert kind_of(text.encode()) is Kind.LOG
