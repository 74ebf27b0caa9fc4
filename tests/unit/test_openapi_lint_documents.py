"""Documents in great number and in every state: judged without a crash, and by the published schemas' measure."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from schemathesis.specs.openapi.definitions import OPENAPI_30, SWAGGER_20

from conformance.documents import UsageProblem
from conformance.documents.package_data import data_dir
from conformance.openapi_lint import Report, check_document, parse_document, read_document
from tests.examples import examples
from tests.unit.openapi_documents import Document, broken_documents, documents
from tests.unit.openapi_mutations import written

EXAMPLES = examples(
    50,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # shrinking a whole document takes minutes, and its first form says enough
)
OWN = sorted(data_dir("profiles").glob("openapi/*.yaml"))


@cache
def published(version: str) -> Any:
    """The validator of the schema which the OpenAPI Initiative has published."""
    return jsonschema_rs.Draft4Validator(SWAGGER_20 if version == "2.0" else OPENAPI_30)


def judged(data: Document) -> tuple[Report, Report]:
    """The reports on a document as JSON and as YAML."""
    in_json = json.dumps(data, indent=1, ensure_ascii=False)
    in_yaml = written(data)
    return tuple(  # type: ignore[return-value] # of two
        check_document(parse_document(name, text)) for name, text in (("api.json", in_json), ("api.yaml", in_yaml))
    )


def refused(name: str, text: str) -> list[str]:
    """The problems with a text that is no document; none where it was judged."""
    try:
        check_document(parse_document(name, text))
    except UsageProblem as problem:
        return problem.problems
    return []


def value_at(data: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        data = data[int(key)] if isinstance(data, list) else data[key]
    return data


def said(report: Report) -> list[tuple[str, str, str]]:
    return sorted((finding.rule.id, finding.pointer, finding.value) for finding in report.findings)


@EXAMPLES
@given(documents())
def test_a_document_of_the_right_structure_has_no_structural_findings(data: Document) -> None:
    """And is judged alike in both formats; every pointer leads somewhere."""
    in_json, in_yaml = judged(data)
    assert said(in_json) == said(in_yaml)
    assert [o.becomes for o in in_json.operations] == [o.becomes for o in in_yaml.operations]
    assert "structure" not in {finding.rule.id for finding in in_json.findings}
    operations = [m for item in data["paths"].values() for m in item if m != "parameters"]
    assert len(in_json.operations) == len(operations)
    for finding in in_json.findings:
        value_at(data, finding.pointer)


@EXAMPLES
@given(broken_documents())
def test_a_broken_document_is_judged(data: Document) -> None:
    """It has a structural finding only where the published schema has an error too: nobody is warned for nothing."""
    assert refused("api.json", json.dumps(data)) == []
    in_json, in_yaml = judged(data)
    assert said(in_json) == said(in_yaml)
    assert in_json.registers == (not in_json.of("error"))
    if in_json.version and "structure" in {finding.rule.id for finding in in_json.findings}:
        assert not published(in_json.version).is_valid(data)


@EXAMPLES
@given(documents(), st.data())
def test_a_required_field_that_is_missing_is_found(data: Document, draw: st.DataObject) -> None:
    """As the published schema finds it."""
    holders = [data["info"], data]
    holders += [op for item in data["paths"].values() for op in item.values() if isinstance(op, dict)]
    holders += [answer for op in holders[2:] for answer in op["responses"].values()]
    holder = draw.draw(st.sampled_from(holders))
    field = draw.draw(st.sampled_from([f for f in ("title", "info", "responses", "description") if f in holder]))
    if holder.get("responses") and field == "description":
        return  # an operation needs none
    del holder[field]
    report, _ = judged(data)
    assert report.version is not None
    assert not published(report.version).is_valid(data)
    assert any(f.rule.id == "structure" and f.value.endswith(f"{field} is missing") for f in report.findings)


@EXAMPLES
@given(st.text() | st.binary().map(lambda content: content.decode("latin-1")) | st.text("{}[]:,-&*<!|>'\"# \n\tab1"))
def test_any_text_is_judged_or_refused_in_one_line(text: str) -> None:
    for name in ("api.json", "api.yaml", "api"):
        problems = refused(name, text)
        assert len(problems) <= 1
        assert all(problem.startswith(f"{name}:") and len(problem.splitlines()) == 1 for problem in problems)


@EXAMPLES
@given(documents(), st.integers(0, 10_000), st.booleans())
def test_a_truncated_document_is_judged_or_refused(data: Document, length: int, as_json: bool) -> None:
    text = json.dumps(data) if as_json else written(data)
    assert len(refused("api.json" if as_json else "api.yaml", text[: length % (len(text) + 1)])) <= 1


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_the_contracts_of_the_roles_are_sound_documents(path: Any) -> None:
    """They are the only OpenAPI documents that come with the installed packages."""
    report = check_document(read_document(str(path)))
    assert report.version is None or "structure" not in {finding.rule.id for finding in report.findings}
