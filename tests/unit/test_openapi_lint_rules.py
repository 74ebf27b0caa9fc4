"""Each rule on OpenAPI documents: silent on a good document, and heard alone where one thing is wrong."""

from __future__ import annotations

import copy
import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conformance.config.profile_files import public_https
from conformance.documents.json_text import length_without_indentation
from conformance.openapi_lint import RULES, Becomes, check_document, parse_document
from conformance.openapi_lint.rule import OPENAPI, Rule
from tests.unit.openapi_mutations import (
    GET,
    GOOD_2,
    GOOD_3,
    HARMLESS,
    MADE,
    MUTATIONS,
    OBJECT,
    Document,
    Mutation,
    ids,
    many_operations,
    mutated,
    put,
    remove,
    report_on,
    written,
)

# ------------------------------------------------------------------ each rule


@pytest.mark.parametrize("document", [GOOD_2, GOOD_3], ids=["2.0", "3.0"])
@pytest.mark.parametrize("name", ["api.json", "api.yaml"])
def test_a_good_document_has_no_findings(document: Document, name: str) -> None:
    report = report_on(document, name)
    assert (report.registers, report.findings) == (True, ())


@pytest.mark.parametrize(
    ("rule", "document", "mutation"), MUTATIONS, ids=[f"{n}-{m[0]}" for n, m in enumerate(MUTATIONS)]
)
def test_a_rule_is_broken_alone(rule: str, document: Document, mutation: Mutation) -> None:
    report = report_on(mutated(document, mutation))
    assert ids(report) == {rule}
    [broken] = [one for one in RULES if one.id == rule]
    assert report.registers == (broken.level != "error" and rule != "undocumented-version")


@pytest.mark.parametrize(("what", "document", "mutation"), HARMLESS, ids=[name for name, _, _ in HARMLESS])
def test_what_is_unusual_and_right_has_no_findings(what: str, document: Document, mutation: Mutation) -> None:
    assert report_on(mutated(document, mutation)).findings == (), what


def test_a_message_names_the_parameter_and_not_its_place_in_the_list() -> None:
    data = mutated(GOOD_3, remove("paths", "/accounts", "post", "parameters", 0, "schema"))
    [finding] = report_on(data).findings
    assert (finding.rule.id, finding.value) == ("structure", "Trace: schema is missing")


def test_every_rule_has_a_mutation() -> None:
    """The two that are about text stand in tests of their own, below."""
    assert {rule for rule, _, _ in MUTATIONS} | {"document-size", "duplicate-key"} == {rule.id for rule in RULES}


@pytest.mark.parametrize(("name", "limit"), [("api.json", 10_000_000), ("api.yaml", 3_000_000)])
def test_a_document_is_as_long_as_its_format_allows(name: str, limit: int) -> None:
    """In characters, not in bytes."""
    data = copy.deepcopy(GOOD_3)
    data["info"]["title"] = "é"
    text = json.dumps(data, ensure_ascii=False) if name == "api.json" else yaml.safe_dump(data, allow_unicode=True)
    assert check_document(parse_document(name, text.ljust(limit))).findings == ()
    report = check_document(parse_document(name, text.ljust(limit + 1)))
    assert (ids(report), report.registers, len(report.operations)) == ({"document-size"}, False, 3)
    [finding] = report.findings
    said = f"{limit + 1:,} characters of {name[4:].upper()}, {limit:,} allowed; as JSON without indentation it has "
    assert re.fullmatch(re.escape(said) + r"[\d,]+, which fits", finding.value)


@pytest.mark.parametrize(("name", "read", "begin"), [("api.json", 20_000_000, ""), ("api.yaml", 6_000_000, "---\n")])
def test_a_document_that_is_far_too_long_is_said_to_be_no_more_than_that(name: str, read: int, begin: str) -> None:
    """Nor is it said to be invalid: it would be refused for its length anyway."""
    long = json.dumps(mutated(GOOD_3, put("info", "description", value="x" * read)))
    for text in (begin + long, "{".ljust(read - 1)):
        report = check_document(parse_document(name, text))
        assert (ids(report), report.registers) == ({"document-size"}, False)
        assert report.findings[0].value.endswith("it is too long to be checked further")


@pytest.mark.parametrize("length", [10_000_001, 30_000_000])
def test_what_else_is_wrong_with_a_document_that_is_too_long_is_told(length: int) -> None:
    data = mutated(GOOD_3, remove(*GET, "operationId"))
    report = check_document(parse_document("api.json", json.dumps(data).ljust(length)))
    assert ids(report) == {"document-size", "operation-id"}
    assert report.findings[0].value.endswith("which fits")


@given(st.text('"\\ \n{}a:,'))
def test_indentation_is_what_stands_outside_of_strings(text: str) -> None:
    value = {text: [text, {"a b": 1}]}
    short = json.dumps(value, separators=(",", ":"))
    assert length_without_indentation(json.dumps(value, indent=3)) == len(short) == length_without_indentation(short)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("api.json", '{{"openapi": "3.0.3",\n"info": {{"title": "a",\n"title": "b", "version": "1"}},\n{paths}', 3),
        ("api.yaml", 'openapi: 3.0.3\ninfo:\n  title: a\n  version: "1"\n  title: b\n{paths}', 5),
    ],
)
def test_a_key_that_is_given_twice_is_found(name: str, text: str, line: int) -> None:
    """The last one counts, and is shown."""
    paths = json.dumps(
        GOOD_3["paths"] | {"/accounts": {"get": {"operationId": "list", "responses": {"200": {"description": "a"}}}}}
    )
    members = f'"paths": {paths}}}' if name == "api.json" else f"paths: {paths}"
    report = check_document(parse_document(name, text.format(paths=members)))
    assert [(f.rule.id, f.pointer, f.line) for f in report.findings] == [("duplicate-key", "/info/title", line)]


# ------------------------------------------------------------------ what a finding says


@pytest.mark.parametrize(
    ("rule", "document", "mutation"), MUTATIONS, ids=[f"{n}-{m[0]}" for n, m in enumerate(MUTATIONS)]
)
def test_a_finding_stands_where_its_pointer_leads(rule: str, document: Document, mutation: Mutation) -> None:
    """In JSON and in YAML alike: the line holds the last name of the pointer, or what stands at it."""
    data = mutated(document, mutation)
    in_json, in_yaml = report_on(data, "api.json"), report_on(data, "api.yaml")
    assert [(f.rule.id, f.pointer, f.value) for f in in_json.findings if f.rule.id == rule]
    assert {(f.rule.id, f.pointer) for f in in_json.findings} == {(f.rule.id, f.pointer) for f in in_yaml.findings}
    for name, report in (("api.json", in_json), ("api.yaml", in_yaml)):
        text = json.dumps(data, indent=1) if name == "api.json" else written(data)
        for finding in report.findings:
            last = finding.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
            shown = text.splitlines()[finding.line - 1][finding.column - 1 :]
            assert not last or last.isdecimal() or shown.lstrip("'\"? ").startswith(last[:40]), (finding, shown)


def test_errors_come_first_and_then_the_lines() -> None:
    data = copy.deepcopy(GOOD_3)
    for rule in ("ignored", "apex-name", "method", "media-type", "property-value", "parameter-name"):
        next(mutation for name, _, mutation in MUTATIONS if name == rule)(data)
    findings = report_on(data).findings
    levels = [finding.rule.level for finding in findings]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    assert set(levels) == {"error", "warning", "note"}
    lines = [finding.line for finding in findings if finding.rule.level == "error"]
    assert (len(lines), lines) == (2, sorted(lines))


VENDOR = "application/vnd.example+json"


def test_a_mapped_media_type_is_the_one_that_it_is_mapped_to() -> None:
    data = mutated(GOOD_3, put(*MADE, "content", value={VENDOR: OBJECT}))
    document = parse_document("api.json", json.dumps(data))
    unmapped, mapped = check_document(document), check_document(document, {VENDOR: "application/json"})
    assert (unmapped.registers, unmapped.to_map) == (True, (VENDOR,))
    assert (mapped.findings, mapped.to_map) == ((), ())
    wrong = check_document(document, {VENDOR: "text/plain"})
    assert ids(wrong) == {"media-type-schema"}


def test_a_rule_with_very_many_places_names_a_hundred() -> None:
    data = mutated(GOOD_3, many_operations(250))
    for item in data["paths"].values():
        del item["get"]["operationId"]
    report = report_on(data)
    assert (len(report.findings), report.left_out) == (100, {"operation-id": 150})


# ------------------------------------------------------------------ what becomes of operations


def test_operations_become_what_their_method_and_body_say() -> None:
    assert [(o.method, o.name, o.becomes) for o in report_on(GOOD_3).operations] == [
        ("GET", "getFile", Becomes.DOWNLOAD),
        ("PUT", "putFile", Becomes.UPLOAD),
        ("POST", "makeAccount", Becomes.ACTION),
    ]


@pytest.mark.parametrize(
    ("rule", "becomes", "why"),
    [
        ("method", Becomes.NOTHING, "does not call HEAD"),
        ("binary-schema", Becomes.ACTION, "not of type string and format binary"),
        ("binary-media-type", Becomes.ACTION, "a file as image/png"),
        ("media-type", Becomes.ACTION, "a form of multipart/form-data, not a file"),
        ("binary-method", Becomes.ACTION, "not POST"),
        ("binary-version", Becomes.DOWNLOAD, "a GET that answers with a binary body"),
    ],
)
def test_an_operation_that_is_not_quite_a_binary_action_says_why(rule: str, becomes: Becomes, why: str) -> None:
    reports = [report_on(mutated(document, mutation)) for name, document, mutation in MUTATIONS if name == rule]
    assert {one.becomes for report in reports for one in report.operations if why in one.why} == {becomes}


def test_a_file_behind_references_is_a_file() -> None:
    data = copy.deepcopy(GOOD_3)
    data["components"]["schemas"]["File"] = {"type": "string", "format": "binary"}
    data["components"]["schemas"]["Alias"] = {"allOf": [{"$ref": "#/components/schemas/File"}]}
    body = {"content": {"application/octet-stream": {"schema": {"$ref": "#/components/schemas/Alias"}}}}
    data["components"]["requestBodies"] = {"Upload": body}
    data["paths"]["/files/{id}"]["put"]["requestBody"] = {"$ref": "#/components/requestBodies/Upload"}
    report = report_on(data)
    assert (report.findings, report.operations[1].becomes) == ((), Becomes.UPLOAD)


# ------------------------------------------------------------------ the rules themselves


def test_a_rule_says_where_it_comes_from() -> None:
    assert RULES
    assert [rule.id for rule in RULES if public_https(rule.source.url) != rule.source.url] == []
    assert [rule.id for rule in RULES if not (rule.sentence.endswith(".") and rule.remedy.endswith("."))] == []


def test_what_is_inferred_cannot_be_an_error() -> None:
    with pytest.raises(ValueError, match="cannot refuse"):
        Rule("guess", "error", "inferred", "A guess.", OPENAPI, "None.", lambda _: iter(()))


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
