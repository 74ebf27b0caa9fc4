"""OpenAPI 3.1: what Salesforce says nothing of is said to be that, and no shape of it crashes anything."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky, Unsatisfiable
from schemathesis.errors import SchemathesisError

from conformance.openapi_lint import Report, check_document, parse_document
from conformance.openapi_lint.extract import UnusableDocument
from conformance.rules.outcome import Inconclusive
from conformance.suites.contracts import Operation
from tests.unit.test_lint_spec import LintSpec, lint_spec

__all__ = ["lint_spec"]

SHAPES: dict[str, Any] = {
    "a list of types": {"type": ["string", "null"]},
    "several types": {"type": ["string", "integer", "array"]},
    "an empty list of types": {"type": []},
    "a list of what is no type": {"type": [1, None, {"a": []}]},
    "null": {"type": "null"},
    "no value": None,
    "a schema that takes everything": True,
    "a schema that takes nothing": False,
    "a constant": {"const": None},
    "a constant of any shape": {"const": {"a": [1, None]}},
    "items by their place": {"type": "array", "prefixItems": [{"type": "string"}, True, None]},
    "items that are a truth": {"type": "array", "items": False},
    "definitions of its own": {"$defs": {"A": {"type": "string"}, "B": None}, "$ref": "#/$defs/A"},
    "a reference with more beside it": {"$ref": "#/components/schemas/Name", "description": "more", "type": ["string"]},
    "a reference to its anchor": {"$anchor": "here", "$ref": "#here", "$dynamicRef": "#there"},
    "conditions": {"if": True, "then": {"type": ["string"]}, "else": False, "not": True},
    "patterns of names": {"patternProperties": {"^x": True}, "propertyNames": {"const": "x"}},
    "what depends": {
        "dependentSchemas": {"a": True},
        "dependentRequired": {"a": ["b"]},
        "unevaluatedProperties": False,
    },
    "what is contained": {"contains": {"const": 1}, "minContains": 2, "unevaluatedItems": False},
    "parts of any kind": {"allOf": [True, None, {"type": ["null"]}], "anyOf": [False], "oneOf": []},
    "examples in a list": {
        "type": "string",
        "examples": ["a", None],
        "contentEncoding": "base64",
        "contentMediaType": "a",
    },
    "limits that are numbers": {"type": ["integer", "null"], "exclusiveMinimum": 0, "exclusiveMaximum": 9},
    "properties that are truths": {"type": ["object"], "properties": {"a": True, "b": None, "c": {"type": ["array"]}}},
    "a discriminator without a mapping": {"type": ["object"], "discriminator": {"propertyName": None, "mapping": [1]}},
}
"""What schemas of OpenAPI 3.1 may be, and what they may not."""

AROUND: dict[str, dict[str, Any]] = {
    "webhooks": {"webhooks": {"new": {"post": {"requestBody": {"content": {"application/json": {"schema": True}}}}}}},
    "a dialect": {"jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base"},
    "reusable path items": {"components": {"pathItems": {"A": {"get": {"responses": {}}}}, "schemas": True}},
    "a summary and a licence": {
        "info": {"title": "a", "version": "1", "summary": "s", "license": {"identifier": "MIT"}}
    },
    "no paths": {"paths": None},
    "null everywhere": {"paths": {"/a": None, "/b": {"get": None, "parameters": None}}, "components": None},
}
"""What else a document of OpenAPI 3.1 may have."""

PATH = "/things/{name}"


def document(shape: Any, **more: Any) -> dict[str, Any]:
    """A document with a schema at each place where one may be."""
    content = {"application/json": {"schema": shape}}
    parameters = [{"name": "name", "in": "path", "required": True, "schema": shape}]
    put = {
        "operationId": "putThing",
        "parameters": [*parameters, {"name": "X-Trace", "in": "header", "schema": shape}],
        "requestBody": {"content": content},
        "responses": {"200": {"description": "ok", "content": content, "headers": {"X-A": {"schema": shape}}}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "a", "version": "1"},
        "paths": {PATH: {"put": put}},
        "components": {"schemas": {"Name": {"type": "string"}, "Thing": shape}},
        **more,
    }


def report_on(data: dict[str, Any], **choices: bool) -> Report:
    return check_document(parse_document("api.json", json.dumps(data)), **choices)


def judged_in_both_forms(data: dict[str, Any]) -> Report:
    """As JSON and as YAML the same is found."""
    report = report_on(data)
    in_yaml = check_document(parse_document("api.yaml", yaml.safe_dump(data, sort_keys=False)))
    assert [(one.rule.id, one.pointer) for one in report.findings] != []
    assert {(one.rule.id, one.pointer) for one in report.findings} == {
        (one.rule.id, one.pointer) for one in in_yaml.findings
    }
    return report


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_of_a_schema_is_judged(name: str) -> None:
    report = judged_in_both_forms(document(SHAPES[name]))
    assert "undocumented-version" in {finding.rule.id for finding in report.findings}
    assert [one.name for one in report.operations] == ["putThing"]


@pytest.mark.parametrize("name", AROUND)
def test_every_shape_of_a_document_is_judged(name: str) -> None:
    report = judged_in_both_forms({**document({"type": ["string", "null"]}), **AROUND[name]})
    assert "undocumented-version" in {finding.rule.id for finding in report.findings}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"webhooks": AROUND["webhooks"]["webhooks"]}, "no-operations"),
        ({"components": {}}, "no-operations"),
        ({}, "paths"),
    ],
    ids=["webhooks", "components", "nothing"],
)
def test_a_document_without_paths_is_whole_if_it_has_something_else(more: dict[str, Any], said: str) -> None:
    """OpenAPI 3.1 asks for one of paths, webhooks and components."""
    report = report_on({"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, **more})
    assert {finding.rule.id for finding in report.findings} & {"paths", "no-operations"} == {said}


ANY = st.recursive(
    st.sampled_from([None, True, False, 0, "string", "null", "#/components/schemas/Thing"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("type", "const", "prefixItems", "$defs", "$ref", "items", "properties", "allOf", "enum", "if"),
                    *("patternProperties", "additionalProperties", "discriminator", "mapping", "format", "required"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(shape=ANY)
def test_any_nesting_of_them_is_judged(shape: Any) -> None:
    judged_in_both_forms(document(shape))


@pytest.mark.parametrize("name", SHAPES)
def test_requests_are_made_from_every_shape_or_none_can_be_made(name: str) -> None:
    """What the suites and `init` do with a document: no other error comes of it."""
    quick = settings(max_examples=3, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    with suppress(Inconclusive, UnusableDocument, SchemathesisError, Unsatisfiable, Flaky):
        operation = Operation(document(SHAPES[name]), PATH, "put", ("path", "header"))
        cases = st.composite(operation.drawn_within_bounds)()
        assert find(cases, lambda _: True, settings=quick).operation.method.upper() == "PUT"


# ------------------------------------------------------------------ what is said of it


def test_it_is_not_documented_whether_it_registers() -> None:
    report = report_on(document({"type": "string"}))
    assert (report.registers, report.is_undocumented, report.of("error")) == (False, True, ())


def test_it_registers_where_the_org_has_registered_it() -> None:
    report = report_on(document({"type": "string"}), takes_openapi_3_1=True)
    assert (report.registers, report.is_undocumented) == (True, False)


def test_what_is_refused_is_refused_in_openapi_3_1_too() -> None:
    data = document({"type": "object", "properties": {"a": None}})
    report = report_on(data)
    assert (report.registers, report.is_undocumented) == (False, False)
    assert {one.rule.id for one in report.of("error")} == {"property-value"}


@pytest.mark.parametrize(
    ("options", "status"), [([], 1), (["--undocumented-version"], 0), (["--undocumented-version", "--strict"], 0)]
)
def test_the_command_says_so(lint_spec: LintSpec, tmp_path: Path, options: list[str], status: int) -> None:
    (tmp_path / "new.json").write_text(json.dumps(document({"type": ["string", "null"]})), "utf-8")
    code, said, _ = lint_spec("new.json", *options)
    assert code == status, said
    verdict = "registers with" if options else "it is not documented whether this registers"
    assert said.startswith(f"new.json: {verdict}")
