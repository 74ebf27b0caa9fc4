"""Each rule on OpenAPI documents: silent on a good document, and heard alone where one thing is wrong."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from conformance.config.profile_files import public_https
from conformance.openapi_lint import RULES, Becomes, Report, check_document, parse_document
from conformance.openapi_lint.rule import OPENAPI, Rule

type Document = dict[str, Any]
type Mutation = Callable[[Document], object]

FILE = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
ACCOUNT = {"application/json": {"schema": {"$ref": "#/components/schemas/Account"}}}

GOOD_3: Document = {
    "openapi": "3.0.3",
    "info": {"title": "Files and accounts", "version": "1.0.0"},
    "servers": [{"url": "https://files.example.com"}],
    "paths": {
        "/files/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"operationId": "getFile", "responses": {"200": {"description": "the file", "content": FILE}}},
            "put": {
                "operationId": "putFile",
                "requestBody": {"required": True, "content": FILE},
                "responses": {"204": {"description": "stored"}},
            },
        },
        "/accounts": {
            "post": {
                "operationId": "makeAccount",
                "parameters": [{"name": "Trace", "in": "header", "schema": {"type": "string"}}],
                "requestBody": {"content": ACCOUNT},
                "responses": {
                    "201": {"description": "made", "content": ACCOUNT},
                    "400": {"description": "refused", "content": {"text/plain": {"schema": {"type": "string"}}}},
                },
            }
        },
    },
    "components": {
        "schemas": {
            "Account": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "parent": {"$ref": "#/components/schemas/Account"},
                    "labels": {"type": "array", "items": {"type": "string"}},
                    "anything": {},
                },
            },
            "Person": {"allOf": [{"$ref": "#/components/schemas/Account"}, {"type": "object"}]},
        }
    },
}

GOOD_2: Document = {
    "swagger": "2.0",
    "info": {"title": "Accounts", "version": "1.0.0"},
    "host": "accounts.example.com",
    "consumes": ["application/json"],
    "produces": ["application/json; charset=utf-8"],
    "paths": {
        "/accounts": {
            "post": {
                "operationId": "makeAccount",
                "parameters": [
                    {"name": "body", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Account"}}
                ],
                "responses": {"201": {"description": "made", "schema": {"$ref": "#/definitions/Account"}}},
            }
        },
        "/search": {
            "post": {
                "operationId": "search",
                "consumes": ["application/x-www-form-urlencoded"],
                "parameters": [{"name": "term", "in": "formData", "type": "string"}],
                "responses": {"200": {"description": "found", "schema": {"type": "array", "items": {}}}},
            }
        },
    },
    "definitions": {"Account": {"type": "object", "properties": {"name": {"type": "string"}}}},
}


def report_on(data: Document, name: str = "api.json") -> Report:
    """What is said of a document, written as its name says."""
    text = json.dumps(data, indent=1) if name.endswith(".json") else yaml.safe_dump(data, sort_keys=False)
    return check_document(parse_document(name, text))


def ids(report: Report) -> set[str]:
    return {finding.rule.id for finding in report.findings}


def at(data: Document, *path: str | int) -> Any:
    value: Any = data
    for part in path:
        value = value[part]
    return value


def put(*path: str | int, value: object) -> Mutation:
    """Set one value of a document."""
    return lambda data: at(data, *path[:-1]).__setitem__(path[-1], copy.deepcopy(value))


def remove(*path: str | int) -> Mutation:
    return lambda data: at(data, *path[:-1]).pop(path[-1])


def many_operations(count: int) -> Mutation:
    answers = {"200": {"description": "done"}}
    return put(
        "paths", value={f"/{n}": {"get": {"operationId": f"get{n}", "responses": answers}} for n in range(count)}
    )


ACCOUNT_PROPERTIES = ("components", "schemas", "Account", "properties")
MADE = ("paths", "/accounts", "post", "responses", "201")
GET = ("paths", "/files/{id}", "get")
SENT = ("paths", "/accounts", "post", "requestBody", "content")
POST_2 = ("paths", "/accounts", "post")
TEXT = {"schema": {"type": "string"}}
OBJECT = {"schema": {"type": "object"}}
NAME = "n" * 255
OBJECTS = {"Account": {"type": "object"}} | {f"T{n}": {"type": "object"} for n in range(2_999)}

REMOVAL = {
    "delete": {
        "operationId": "removeFile",
        "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {"204": {"description": "gone"}},
    }
}

MUTATIONS: list[tuple[str, Document, Mutation]] = [
    ("undocumented-version", GOOD_3, put("openapi", value="3.1.0")),
    ("openapi-version", GOOD_3, put("openapi", value="3.2.0")),
    ("openapi-version", GOOD_3, remove("openapi")),
    ("openapi-version", GOOD_2, put("swagger", value="1.2")),
    ("paths", GOOD_3, remove("paths")),
    ("paths", GOOD_2, put("paths", value=[])),
    ("no-operations", GOOD_3, put("paths", value={})),
    ("structure", GOOD_3, remove("info", "title")),
    ("structure", GOOD_2, put("paths", "/search", "post", "produce", value=["application/json"])),
    ("external-reference", GOOD_3, put(*ACCOUNT_PROPERTIES, "owner", value={"$ref": "people.yaml#/Person"})),
    ("external-reference", GOOD_2, put(*POST_2, "responses", "404", value={"$ref": "https://example.com/e.json"})),
    ("broken-reference", GOOD_3, put(*ACCOUNT_PROPERTIES, "owner", value={"$ref": "#/components/schemas/Owner"})),
    ("broken-reference", GOOD_3, put("components", "schemas", "Loop", value={"$ref": "#/components/schemas/Loop"})),
    ("nothing-in-the-document", GOOD_3, put("paths", value={"/a": {"$ref": "a.yaml"}, "/b": {"$ref": "b.yaml#/b"}})),
    ("nothing-in-the-document", GOOD_3, put("paths", value={"/a": {"$ref": "#/components/nothing"}})),
    ("nothing-in-the-document", GOOD_3, put("paths", value={"/a": {"get": {"$ref": "a.yaml#/get"}}})),
    ("nothing-in-the-document", GOOD_3, put("paths", value={"/a": {"get": {"$ref": "#/components/nothing"}}})),
    ("same-path-twice", GOOD_3, put("paths", "/files/{name}", value=REMOVAL)),
    ("callback", GOOD_3, put("paths", "/accounts", "post", "callbacks", value={"x-done": {"{$request.query.u}": {}}})),
    ("too-many-operations", GOOD_3, many_operations(10_001)),
    ("not-all-active", GOOD_3, many_operations(3_001)),
    (
        "too-many-objects",
        GOOD_2,
        put("definitions", value={"Account": {}} | {f"T{n}": {"type": "object"} for n in range(10_001)}),
    ),
    (
        "not-all-objects-active",
        GOOD_2,
        put("definitions", value={"Account": {}} | {f"T{n}": {"type": "object"} for n in range(3_001)}),
    ),
    ("ignored", GOOD_3, put("security", value=[{"key": []}])),
    ("method", GOOD_3, put("paths", "/files/{id}", "head", value={"responses": {"200": {"description": "there"}}})),
    ("empty-get-body", GOOD_3, put(*GET, "requestBody", value={"content": {}})),
    ("empty-get-body", GOOD_3, put(*GET, "requestBody", value={"content": {"application/json": {}}})),
    ("empty-get-body", GOOD_3, put(*GET, "requestBody", value=None)),
    ("get-body", GOOD_3, put(*GET, "requestBody", value={"content": ACCOUNT})),
    ("parameter-name", GOOD_3, put("paths", "/accounts", "post", "parameters", 0, "name", value="")),
    ("parameter-name", GOOD_3, remove("paths", "/accounts", "post", "parameters", 0, "name")),
    ("parameter-name", GOOD_2, put("paths", "/search", "post", "parameters", 0, "name", value=7)),
    ("cookie-parameter", GOOD_3, put("paths", "/accounts", "post", "parameters", 0, "in", value="cookie")),
    ("form-file", GOOD_2, put("paths", "/search", "post", "parameters", 0, "type", value="file")),
    ("media-type", GOOD_3, put(*MADE, "content", value={"application/xml": OBJECT})),
    ("media-type", GOOD_3, put(*MADE, "content", value={"*/*": OBJECT})),
    (
        "media-type",
        GOOD_3,
        put("paths", "/accounts", "post", "requestBody", "content", value={"multipart/form-data": OBJECT}),
    ),
    ("media-type", GOOD_2, put("paths", "/search", "post", "consumes", value=["multipart/form-data"])),
    ("media-type", GOOD_2, put("produces", value=["application/vnd.example+json"])),
    ("media-type-beside", GOOD_3, put(*MADE, "content", "application/xml", value=OBJECT)),
    ("media-type-beside", GOOD_2, put("produces", value=["application/json", "text/xml"])),
    ("media-type-schema", GOOD_3, put(*MADE, "content", value={"text/plain": OBJECT})),
    ("media-type-schema", GOOD_3, put(*MADE, "content", value={"application/json": FILE["application/octet-stream"]})),
    ("media-type-schema", GOOD_3, put(*SENT, value={"application/x-www-form-urlencoded": TEXT})),
    ("default-media-type", GOOD_2, remove("produces")),
    ("binary-schema", GOOD_3, put(*GET, "responses", "200", "content", value={"application/octet-stream": TEXT})),
    ("binary-schema", GOOD_3, put(*GET, "responses", "200", "content", value={"application/octet-stream": {}})),
    (
        "binary-media-type",
        GOOD_3,
        put(*GET, "responses", "200", "content", value={"image/png": FILE["application/octet-stream"]}),
    ),
    ("binary-method", GOOD_3, put("paths", "/accounts", "post", "requestBody", "content", value=FILE)),
    ("binary-method", GOOD_3, put(*MADE, "content", value=FILE)),
    (
        "binary-version",
        GOOD_2,
        put(
            "paths",
            "/file",
            value={
                "get": {
                    "operationId": "getFile",
                    "produces": [*FILE],
                    "responses": {"200": {"description": "it", "schema": {"type": "file"}}},
                }
            },
        ),
    ),
    ("response-header", GOOD_3, put(*MADE, "headers", value={"ETag": TEXT})),
    (
        "result-in-header",
        GOOD_3,
        lambda data: (at(data, *MADE).pop("content"), at(data, *MADE).update(headers={"Location": TEXT})),
    ),
    ("encoding", GOOD_3, put(*MADE, "content", value={"text/plain; charset=ISO-8859-1": TEXT})),
    ("media-type-parameter", GOOD_3, put(*MADE, "content", value={"application/json; version=2": OBJECT})),
    ("media-type", GOOD_3, put(*MADE, "content", value={"x-acme/file": OBJECT})),
    ("response-header", GOOD_3, put(*MADE, "headers", value={"x-request-id": TEXT})),
    ("names-differ-in-case", GOOD_3, put(*ACCOUNT_PROPERTIES, "Name", value={"type": "string"})),
    ("names-differ-in-case", GOOD_3, put("components", "schemas", "account", value={"type": "object"})),
    ("names-differ-in-case", GOOD_3, put(*GET, "operationId", value="putfile")),
    ("untyped-schema", GOOD_3, put(*ACCOUNT_PROPERTIES, "name", value={"nullable": True, "description": "a name"})),
    ("property-value", GOOD_3, put(*ACCOUNT_PROPERTIES, "name", value=None)),
    ("property-value", GOOD_2, put("definitions", "Account", "properties", "name", value=None)),
    ("name-length", GOOD_3, put(*ACCOUNT_PROPERTIES, NAME, value={"type": "string"})),
    ("name-length", GOOD_3, put("components", "schemas", NAME, value={"type": "object"})),
    ("apex-name", GOOD_3, put(*ACCOUNT_PROPERTIES, "first-name", value={"type": "string"})),
    ("apex-name", GOOD_3, put(*GET, "operationId", value="get a file")),
    ("operation-id", GOOD_3, remove(*GET, "operationId")),
    ("operation-id-twice", GOOD_3, put(*GET, "operationId", value="putFile")),
    ("description-length", GOOD_3, put(*GET, "description", value="d" * 1_334)),
    (
        "discriminator-mapping",
        GOOD_3,
        put(
            "components",
            "schemas",
            "Account",
            "discriminator",
            value={"propertyName": "name", "mapping": {"p": "#/components/schemas/Person"}},
        ),
    ),
    (
        "nested-list",
        GOOD_3,
        put(*ACCOUNT_PROPERTIES, "labels", "items", value={"type": "array", "items": {"type": "string"}}),
    ),
]

HARMLESS: list[tuple[str, Document, Mutation]] = [
    ("a version with a patch", GOOD_3, put("openapi", value="3.0.4")),
    ("a version as a number", GOOD_3, put("openapi", value="3.0.0")),
    ("a charset", GOOD_3, put(*MADE, "content", value={"application/json; charset=UTF-8": OBJECT})),
    ("upper case", GOOD_3, put(*MADE, "content", value={"Application/JSON": OBJECT})),
    ("any value", GOOD_3, put(*ACCOUNT_PROPERTIES, "name", value={})),
    ("an extension without a value", GOOD_3, put("paths", "x-note", value=None)),
    ("an example with a $ref", GOOD_3, put(*ACCOUNT_PROPERTIES, "name", "example", value={"$ref": "#/nowhere"})),
    (
        "a mapping that says nothing new",
        GOOD_3,
        put(
            "components",
            "schemas",
            "Account",
            "discriminator",
            value={"propertyName": "name", "mapping": {"Person": "#/components/schemas/Person"}},
        ),
    ),
    (
        "an unused response of another type",
        GOOD_3,
        put("components", "responses", value={"No": {"description": "no", "content": {"text/html": OBJECT}}}),
    ),
    (
        "a media type for answers without a body",
        GOOD_2,
        put(
            "paths",
            "/ping",
            value={
                "get": {
                    "operationId": "ping",
                    "produces": ["text/html"],
                    "responses": {"204": {"description": "there"}},
                }
            },
        ),
    ),
    ("a part without a type", GOOD_3, put("components", "schemas", "Person", "allOf", 1, value={"required": ["name"]})),
    (
        "header names that differ in case",
        GOOD_3,
        lambda data: at(data, *POST_2, "parameters").append(
            {"name": "TRACE", "in": "header", "schema": {"type": "string"}}
        ),
    ),
    ("3,000 objects", GOOD_3, put("components", "schemas", value=OBJECTS)),
    ("a name of 254 characters", GOOD_3, put(*ACCOUNT_PROPERTIES, NAME[1:], value={"type": "string"})),
    ("a description of 1,333 characters", GOOD_3, put(*GET, "description", value="d" * 1_333)),
    ("3,000 operations", GOOD_3, many_operations(3_000)),
]


def mutated(document: Document, mutation: Mutation) -> Document:
    data = copy.deepcopy(document)
    mutation(data)
    return data


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


@pytest.mark.parametrize(("name", "read"), [("api.json", 20_000_000), ("api.yaml", 6_000_000)])
def test_a_document_that_is_far_too_long_is_said_to_be_no_more_than_that(name: str, read: int) -> None:
    """Nor is it said to be invalid: it would be refused for its length anyway."""
    for text in (json.dumps(GOOD_3).ljust(read + 1), "{".ljust(read - 1)):
        report = check_document(parse_document(name, text))
        assert (ids(report), report.registers) == ({"document-size"}, False)
        assert report.findings[0].value.endswith("it is too long to be checked further")


def test_what_else_is_wrong_with_a_document_that_is_too_long_is_told() -> None:
    data = mutated(GOOD_3, remove(*GET, "operationId"))
    report = check_document(parse_document("api.json", json.dumps(data).ljust(10_000_001)))
    assert ids(report) == {"document-size", "operation-id"}


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
        text = json.dumps(data, indent=1) if name == "api.json" else yaml.safe_dump(data, sort_keys=False)
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


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_says_where_it_comes_from(rule: Rule) -> None:
    assert public_https(rule.source.url) == rule.source.url
    assert rule.sentence.endswith(".")
    assert rule.remedy.endswith(".")


def test_what_is_inferred_cannot_be_an_error() -> None:
    with pytest.raises(ValueError, match="cannot refuse"):
        Rule("guess", "error", "inferred", "A guess.", OPENAPI, "None.", lambda _: iter(()))


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
