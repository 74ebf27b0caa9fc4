"""One operation taken out of an OpenAPI document: what is in it, what is refused, and what is too much."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.documents.package_data import data_dir
from conformance.openapi_lint import parse_document
from conformance.openapi_lint.extract import MAX_DEPTH, MAX_VALUES, UnusableDocument, extract
from conformance.openapi_lint.references import Node, target
from conformance.openapi_lint.validation_cost import MAX_APPLIED


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def document(schema: object, parameters: object = (), **schemas: object) -> dict[str, Any]:
    """A document with one upload, whose answer has this schema."""
    answer = {"description": "", "content": {"application/json": {"schema": schema}}}
    put = {"operationId": "upload", "parameters": list(parameters), "responses": {"201": answer}}
    return {"openapi": "3.0.3", "paths": {"/files/{name}": {"put": put}}, "components": {"schemas": schemas}}


def extracted(data: object, *parameters: str) -> Any:
    return extract(data, "/files/{name}", "put", parameters or ("header",))


def references(value: object) -> Iterator[str]:
    """All `$ref` of a document that are text, wherever they stand."""
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        yield value["$ref"]
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from references(inner)


# ------------------------------------------------------------------ what is in it


def test_the_extract_has_what_is_sent_and_what_comes_back_and_nothing_else() -> None:
    """Examples, links, servers and security have addresses in them, and nothing is judged by them."""
    data = parse_document("api.yaml", (data_dir("profiles") / "openapi" / "file-service.yaml").read_text("utf-8")).data
    assert isinstance(data, dict)
    data["paths"]["/files/{name}"]["put"] |= {
        "servers": [{"url": "https://elsewhere.example.com"}],
        "callbacks": {"later": {"$ref": "https://elsewhere.example.com"}},
        "security": [{"key": []}],
        "x-more": {"$ref": "https://elsewhere.example.com"},
    }
    data["components"]["schemas"]["Error"] |= {
        "$id": "https://elsewhere.example.com",
        "$schema": "https://elsewhere.example.com",
        "example": {"$ref": "https://elsewhere.example.com"},
        "externalDocs": {"url": "https://elsewhere.example.com"},
    }
    found = extracted(data)
    refused = {"description": "", "content": {"application/json": {"schema": ref("Error")}}}
    file = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    assert found.document == {
        "openapi": "3.0.3",
        "info": {"title": "extract", "version": "1"},
        "paths": {
            "/": {
                "put": {
                    "parameters": [],
                    "requestBody": {"required": True, "content": file},
                    "responses": {"201": {"description": ""}, "204": {"description": ""}, "4XX": refused},
                }
            }
        },
        "components": {
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {"error": {"type": "string", "minLength": 1}},
                }
            }
        },
    }


def test_parameters_are_those_that_are_wanted_and_the_operations_own_replace_shared_ones() -> None:
    """A header that the client sets is its own affair."""
    shared = [{"name": "X-A", "in": "header", "schema": {"type": "string"}}]
    names = [("X-A", "header"), ("Content-Length", "header"), ("page", "query"), ("name", "path")]
    data = document({}, [{"name": name, "in": place, "schema": {"type": "integer"}} for name, place in names])
    data["paths"]["/files/{name}"]["parameters"] = shared
    sent = extracted(data).document["paths"]["/"]["put"]["parameters"]
    assert sent == [{"name": "X-A", "in": "header", "schema": {"type": "integer"}}]
    more = extracted(data, "query", "path")
    assert more.path == "/files/{name}"
    assert [one["name"] for one in more.document["paths"][more.path]["put"]["parameters"]] == ["page", "name"]


def test_a_document_of_openapi_2_stays_one() -> None:
    data = {
        "swagger": "2.0",
        "produces": ["application/json"],
        "paths": {
            "/files/{name}": {
                "put": {
                    "parameters": [
                        {"name": "file", "in": "body", "schema": {"$ref": "#/definitions/Any"}},
                        {"name": "X-Tags", "in": "header", "type": "array", "items": {"type": "string"}},
                    ],
                    "responses": {
                        "200": {"description": "", "schema": {"$ref": "#/definitions/Any"}},
                        "404": {"$ref": "#/responses/Gone"},
                    },
                }
            }
        },
        "responses": {"Gone": {"description": "gone", "headers": {"X-Since": {"type": "integer", "minimum": 1}}}},
        "definitions": {"Any": {"type": "object"}, "Unused": {"$ref": "https://elsewhere.example.com"}},
    }
    found = extracted(data).document
    assert found["definitions"] == {"Any": {"type": "object"}}
    operation = found["paths"]["/"]["put"]
    assert operation["produces"] == ["application/json"]
    assert operation["parameters"] == [
        {"name": "file", "in": "body", "schema": {"$ref": "#/definitions/Any"}},
        {"name": "X-Tags", "in": "header", "type": "array", "items": {"type": "string"}},
    ]
    assert operation["responses"] == {
        "200": {"description": "", "schema": {"$ref": "#/definitions/Any"}},
        "404": {"description": "", "headers": {"X-Since": {"type": "integer", "minimum": 1}}},
    }


def test_a_schema_anywhere_in_the_document_gets_a_name() -> None:
    """Named schemas keep theirs, because a discriminator goes by it."""
    deep = "#/paths/~1files~1%7Bname%7D/put/responses/201/content/application~1json/schema/properties/a"
    schema = {"properties": {"a": {"type": "string"}, "b": {"$ref": deep}, "c": ref("Odd name/%")}}
    data = document(schema, **{"Odd name/%": {"type": "integer"}})
    data["paths"]["/files/{name}"]["put"]["responses"]["201"]["content"]["application/json"]["schema"]["properties"][
        "c"
    ] = {"$ref": "#/components/schemas/Odd%20name~1%25"}
    found = extracted(data).document
    assert set(found["components"]["schemas"]) == {"schema-0", "schema-1"}
    assert all(target(Node((), found), one) is not None for one in references(found))


NAMES = ("a", "b", "c", "d")
SCHEMAS = st.deferred(
    lambda: st.one_of(
        st.sampled_from(NAMES).map(ref),
        st.just({"type": "string"}),
        st.dictionaries(st.sampled_from(("x", "$ref", "allOf", "not")), SCHEMAS, max_size=2).map(
            lambda inner: {"properties": inner}
        ),
        st.lists(SCHEMAS, min_size=1, max_size=3).map(lambda inner: {"oneOf": inner}),
        SCHEMAS.map(lambda inner: {"items": inner, "not": inner, "title": "left out"}),
    )
)


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, SCHEMAS)))
def test_every_reference_of_an_extract_leads_somewhere_in_it(schemas: dict[str, object]) -> None:
    """However the schemas refer to each other, it ends, and Schemathesis is left nothing to look for."""
    try:
        found = extracted(document(ref("a"), **schemas))
    except UnusableDocument as refused:
        assert "more than" in str(refused) or "deeper than" in str(refused)  # noqa: PT017 - each is a bound
        return
    assert all(target(Node((), found.document), one) is not None for one in references(found.document))
    assert set(references(document(ref("a"), **schemas))) >= set(references(found.document))
    assert json.loads(json.dumps(found.document)) == found.document


# --------------------------------------------------------------------- what is refused

ELSEWHERE = "which the document does not hold"
OUTSIDE = "outside the document, where nothing is read"
AT = "/paths/~1files~1{name}/put/responses/201/content/application~1json/schema"


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "http://127.0.0.1/latest"}, f"{AT}: refers to 'http://127.0.0.1/latest', {OUTSIDE}"),
        ({"$ref": "file:///etc/passwd"}, f"{AT}: refers to 'file:///etc/passwd', {OUTSIDE}"),
        ({"$ref": "other.yaml#/a"}, f"{AT}: refers to 'other.yaml#/a', {OUTSIDE}"),
        ({"$ref": "//example.com/a"}, f"{AT}: refers to '//example.com/a', {OUTSIDE}"),
        ({"$ref": ""}, f"{AT}: refers to '', {OUTSIDE}"),
        ({"$ref": "#/components/schemas/None"}, f"{AT}: refers to '#/components/schemas/None', {ELSEWHERE}"),
        ({"$ref": "#anchor"}, f"{AT}: refers to '#anchor', {ELSEWHERE}"),
        ({"$ref": 5}, f"{AT}: $ref is not text"),
        ({"$ref": "#/openapi"}, "/openapi: is not a mapping"),
        ({"$dynamicRef": "#a"}, f"{AT}/$dynamicRef: such references depend on who refers to them"),
        ({"enum": [{"$ref": "http://127.0.0.1"}]}, f"{AT}/enum/0: $ref is where it is not a reference"),
        ({"properties": []}, f"{AT}/properties: is not a mapping"),
        ({"allOf": {}}, f"{AT}/allOf: is not a list"),
        ("text", f"{AT}: is not a mapping"),
    ],
)
def test_a_reference_that_leads_nowhere_in_the_document_is_refused(schema: object, said: str) -> None:
    """The message says where it stands."""
    with pytest.raises(UnusableDocument) as refused:
        extracted(document(schema))
    assert str(refused.value).startswith(said)


def test_references_that_lead_to_each_other_are_refused() -> None:
    data = document({})
    data["components"]["responses"] = {n: {"$ref": f"#/components/responses/{m}"} for n, m in ("ab", "ba")}
    data["paths"]["/files/{name}"]["put"]["responses"] = {"200": {"$ref": "#/components/responses/a"}}
    with pytest.raises(UnusableDocument, match="references lead to references without end"):
        extracted(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"openapi": "3.0.0"}, "/paths/~1files~1{name}: is missing"),
        ({"openapi": "3.0.0", "paths": {"/files/{name}": {}}}, "/paths/~1files~1{name}/put: is missing"),
        (
            {"openapi": "3.0.0", "paths": {"/files/{name}": {"put": {}}}},
            "/paths/~1files~1{name}/put/responses: is missing",
        ),
        ({"openapi": "3.0.0", "paths": []}, "/paths/~1files~1{name}: is missing"),
        (None, "/paths/~1files~1{name}: is missing"),
    ],
)
def test_an_operation_that_is_not_there_is_refused(data: object, said: str) -> None:
    with pytest.raises(UnusableDocument) as refused:
        extracted(data)
    assert str(refused.value) == said


# ----------------------------------------------------------------- what is too much


def chain(length: int, *keys: str, times: int = 1) -> dict[str, object]:
    """Schemas of which each leads to the next one, by these keywords and as often."""

    def leads(number: int) -> dict[str, object]:
        inner = [ref(f"s{number + 1}")] * times
        lists, maps = ("allOf", "anyOf", "oneOf"), ("properties",)
        return {
            key: inner if key in lists else {str(n): one for n, one in enumerate(inner)} if key in maps else inner[0]
            for key in keys
        }

    return {**{f"s{number}": leads(number) for number in range(length)}, f"s{length}": {"type": "object"}}


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_a_value_is_held_against_a_bounded_number_of_schemas(keyword: str) -> None:
    """Twenty-five schemas that lead four times to the next one are a million billion."""
    with pytest.raises(UnusableDocument, match=f"more than {MAX_APPLIED:,} schemas"):
        extracted(document(ref("s0"), **chain(25, keyword, times=4)))


def test_schemas_that_all_refer_to_each_other_are_too_many() -> None:
    """The ways through twelve of them are more than anybody can go, though each way ends where it began."""
    data = document(ref("0"), **{str(n): {"anyOf": [ref(str(m)) for m in range(12)]} for n in range(12)})
    with pytest.raises(UnusableDocument, match=f"more than {MAX_APPLIED:,} schemas"):
        extracted(data)


def test_properties_cost_what_an_answer_holds() -> None:
    """The same number of schemas, each for a value of its own, is nothing unusual."""
    assert extracted(document(ref("s0"), **chain(25, "properties", times=4))).applied == 2


def test_schemas_may_refer_to_themselves() -> None:
    """A tree does, and so does an animal that is a cat, which is an animal."""
    cat = {"allOf": [ref("Animal"), {"required": ["claws"]}]}
    animal = {
        "oneOf": [ref("Cat")],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
        "properties": {"parent": ref("Animal")},
    }
    found = extracted(document(ref("Animal"), Animal=animal, Cat=cat))
    assert found.document["components"]["schemas"]["Animal"]["discriminator"] == {
        "propertyName": "kind",
        "mapping": {"cat": "cat"},
    }
    assert found.applied < 20


def test_depth_is_bounded_with_references_followed() -> None:
    assert extracted(document(ref("s0"), **chain(MAX_DEPTH // 2 - 5, "items")))
    with pytest.raises(UnusableDocument, match=f"nested deeper than {MAX_DEPTH} levels"):
        extracted(document(ref("s0"), **chain(MAX_DEPTH + 5, "items")))


def test_the_number_of_values_is_bounded() -> None:
    """An alias of YAML can repeat one value for ever; each repetition counts."""
    with pytest.raises(UnusableDocument, match=f"more than {MAX_VALUES:,} values"):
        extracted(document({"allOf": [{"enum": ["a"] * 1_000}] * 201}))


@pytest.mark.parametrize(
    "large",
    [
        {"minLength": 100_000_000},
        {"minLength": float("inf")},
        {"minItems": 10**4000, "items": {"type": "array", "minItems": 10**4000}},
        {"contains": {"minLength": 5_001}, "minContains": 2},
        {"if": {"type": "string"}, "then": {"minLength": 10_001}},
        {"minItems": 20_000},
        {"minItems": 200, "items": {"minItems": 200, "items": {"type": "string"}}},
        {"required": ["a", "b"], "properties": {key: {"minProperties": 6_000} for key in "ab"}},
        {"allOf": [ref("Large"), {"minLength": 10_001}]},
    ],
)
def test_what_has_to_be_sent_is_bounded(large: dict[str, Any]) -> None:
    """A schema that asks for a hundred million characters gets none. What comes back may be as long as it says."""
    header = {"name": "X-A", "in": "header", "required": True, "schema": ref("Large")}
    with pytest.raises(UnusableDocument, match="characters or more, and 10,000 are sent"):
        extracted(document(ref("Large"), [header], Large=large))
    assert extracted(document(ref("Large"), Large=large))
