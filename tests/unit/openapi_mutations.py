"""Good OpenAPI documents, and for each rule a change that breaks it alone."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import yaml

from conformance.openapi_lint import Report, check_document, parse_document

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


def written(data: Document) -> str:
    """A document as YAML."""
    text: str = yaml.dump(
        data, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False, allow_unicode=True
    )
    return text


def report_on(data: Document, name: str = "api.json") -> Report:
    """What is said of a document, written as its name says."""
    text = json.dumps(data, indent=1) if name.endswith(".json") else written(data)
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


def traced_in(*places: str) -> Mutation:
    """A mutation that gives an operation one parameter called Trace in each of these places."""
    return put(
        "paths",
        "/accounts",
        "post",
        "parameters",
        value=[{"name": "Trace", "in": place, "schema": {"type": "string"}} for place in places],
    )


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
    ("structure", GOOD_3, remove(*ACCOUNT_PROPERTIES, "labels", "items")),
    ("structure", GOOD_2, put("paths", "/search", "post", "parameters", 0, "type", value="array")),
    ("structure", GOOD_2, put("paths", "/search", "post", "produce", value=["application/json"])),
    ("external-reference", GOOD_3, put(*ACCOUNT_PROPERTIES, "owner", value={"$ref": "people.yaml#/Person"})),
    (
        "external-reference",  # and what leads to it leads somewhere
        GOOD_3,
        put(
            *ACCOUNT_PROPERTIES,
            value={"a": {"$ref": "#/components/schemas/Account/properties/name"}, "name": {"$ref": "b.yaml"}},
        ),
    ),
    ("external-reference", GOOD_2, put(*POST_2, "responses", "404", value={"$ref": "https://example.com/e.json"})),
    ("broken-reference", GOOD_3, put(*ACCOUNT_PROPERTIES, "owner", value={"$ref": "#/components/schemas/Owner"})),
    ("broken-reference", GOOD_3, put("components", "schemas", "Loop", value={"$ref": "#/components/schemas/Loop"})),
    ("broken-reference", GOOD_3, put("paths", "/accounts", "post", "responses", "default", value={"$ref": "#/x"})),
    ("broken-reference", GOOD_3, put("components", "parameters", value={"x-a": {"$ref": "#/components/parameters/b"}})),
    ("broken-reference", GOOD_3, put(*MADE, "links", value={"next": {"operationId": "nobody"}})),
    ("broken-reference", GOOD_3, put(*MADE, "links", value={"next": {"operationRef": "#/paths/~1nothing/get"}})),
    ("path-parameter", GOOD_3, put("paths", "/folders/{name", value=REMOVAL)),
    ("path-parameter", GOOD_3, put("paths", "/folders/{{name}}", value=REMOVAL)),
    ("nothing-in-the-document", GOOD_3, put("paths", value={"/a": {"$ref": "a.yaml"}, "/b": {"$ref": "b.yaml#/b"}})),
    ("nothing-in-the-document", GOOD_3, put("paths", value={"/a": {"$ref": "#/components/nothing"}})),
    ("nothing-in-the-document", GOOD_3, put("paths", value={"/a": {"get": {"$ref": "a.yaml#/get"}}})),
    ("nothing-in-the-document", GOOD_3, put("paths", value={"/a": {"get": {"$ref": "#/components/nothing"}}})),
    ("same-path-twice", GOOD_3, put("paths", "/files/{name}", value=REMOVAL)),
    ("path-parameter", GOOD_3, put("paths", "/folders/{name}", value={"get": REMOVAL["delete"] | {"parameters": []}})),
    ("path-parameter", GOOD_3, put("paths", "/folders", value=REMOVAL)),
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
    ("parameter-twice", GOOD_3, traced_in("header", "header")),
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
    ("one name in two places", GOOD_3, traced_in("header", "query")),
    ("any value", GOOD_3, put(*ACCOUNT_PROPERTIES, "name", value={})),
    ("an extension without a value", GOOD_3, put("paths", "x-note", value=None)),
    ("an example with a $ref", GOOD_3, put(*ACCOUNT_PROPERTIES, "name", "example", value={"$ref": "#/nowhere"})),
    (
        "a property that is called as a mapping of names is",
        GOOD_3,
        put(*ACCOUNT_PROPERTIES, "headers", value={"type": "object", "default": {"$ref": "#/nowhere"}}),
    ),
    ("a link to an operation", GOOD_3, put(*MADE, "links", value={"file": {"operationId": "getFile"}})),
    ("a link by its place", GOOD_3, put(*MADE, "links", value={"a": {"operationRef": "#/paths/~1accounts/post"}})),
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
