"""Specifications and collections that place a credential in the query."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.rules.url_tokens.spec_credentials import declared_credentials

OPAQUE = "q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ"

TOKEN = "00D5g0000012abc!AQ8AQJm" + "aB3x9._Z" * 12


def found(document: object) -> list[tuple[str, str, str]]:
    return [(pointer, one.rule, one.parameter) for pointer, one in declared_credentials(document)]


def operation(**parameter: Any) -> dict[str, Any]:
    parameters = [{"in": "query", "schema": {"type": "string"}, **parameter}]
    return {"openapi": "3.1.0", "paths": {"/items/{id}": {"get": {"parameters": parameters}}}}


def request(url: object, **others: Any) -> dict[str, Any]:
    return {"info": {"name": "acme"}, "item": [{"item": [{"request": {"url": url, **others}}]}]}


AT = "/paths/~1items~1{id}/get/parameters/0"


@pytest.mark.parametrize("name", ["access_token", "apiKey", "api-key", "password", "client_secret", "token", "sid"])
def test_a_query_parameter_named_as_a_credential_is_a_leak_by_design(name: str) -> None:
    assert found(operation(name=name)) == [(AT, "L7", name)]


def test_a_parameter_of_format_password_is_a_leak_by_design_under_any_name() -> None:
    assert found(operation(name="pin", schema={"type": "string", "format": "password"})) == [(AT, "L7", "pin")]
    old = {
        "swagger": "2.0",
        "paths": {"/x": {"get": {"parameters": [{"in": "query", "name": "p", "format": "password"}]}}},
    }
    assert found(old) == [("/paths/~1x/get/parameters/0", "L7", "p")]


@pytest.mark.parametrize(
    "parameter",
    [
        {"name": "pageToken"},
        {"name": "token_type"},
        {"name": "state"},
        {"name": "code"},
        {"name": "key"},
        {"name": "access_token", "in": "header"},
        {"name": "Token", "description": "Page start token; without one, the list begins at its start."},
        {"name": "token", "description": "A token with which to continue fetching."},
        {"name": "session", "description": "Filter by session."},
        {"name": "filter[session_id]", "description": "Of one session."},
        {"name": "show_password", "schema": {"type": "boolean"}},
        {"name": "password", "schema": {"type": "string", "enum": ["reset", "keep"]}},
        {"name": "token", "schema": {"const": "all"}},
        {"name": "filter", "schema": {"type": "object", "properties": {"token": {"type": "string"}}}},
        {"name": "filter", "schema": {"type": "object", "properties": {"password": {"type": "boolean"}}}},
        {"name": "q", "example": "access_token=YOUR_ACCESS_TOKEN"},
        {"name": "q", "schema": {"$ref": "#/components/schemas/none"}},
    ],
    ids=str,
)
def test_other_parameters_are_left_alone(parameter: dict[str, Any]) -> None:
    assert found(operation(**parameter)) == []


OBJECT = {"type": "object", "properties": {"a": {"type": "string"}, "access_token": {"type": "string"}}}


@pytest.mark.parametrize(
    "parameter",
    [
        {"name": "all", "schema": OBJECT},
        {"name": "all", "style": "deepObject", "schema": OBJECT},
        {"name": "all", "schema": {"$ref": "#/components/schemas/All"}},
        {"name": "all", "schema": {}, "content": {"application/json": {"schema": OBJECT}}},
        {"in": "querystring", "content": {"application/x-www-form-urlencoded": {"schema": OBJECT}}},
    ],
    ids=str,
)
def test_the_members_of_an_object_in_the_query_are_judged(parameter: dict[str, Any]) -> None:
    document = operation(**parameter) | {"components": {"schemas": {"All": OBJECT}}}
    assert found(document) == [(AT, "L7", "access_token")]
    assert found(operation(**{"in": "header"} | {**parameter, "in": "header"})) == []


@pytest.mark.parametrize(
    "more",
    [
        {"example": TOKEN},
        {"schema": {"type": "string", "default": TOKEN}},
        {"schema": {"type": "string", "examples": ["a", TOKEN]}},
        {"examples": {"one": {"value": TOKEN}}},
    ],
    ids=str,
)
def test_an_example_of_a_parameter_is_judged_as_it_would_be_sent(more: dict[str, Any]) -> None:
    assert [one[:2] for one in found(operation(name="q", **more))] == [(AT, "L1")]
    assert [one[:2] for one in found(operation(name="id", **{"in": "path"}, **more))] == [(AT, "L1")]
    assert found(operation(name="q", **{"in": "header"}, **more)) == []


@pytest.mark.parametrize(
    ("server", "rule"),
    [
        ({"url": "https://a.example/?access_token={token}"}, "L7"),
        ({"url": "https://a.example/?access_token={t}", "variables": {"t": {"default": OPAQUE}}}, "L2"),
        ({"url": "https://a.example/{t}/", "variables": {"t": {"default": TOKEN}}}, "L1"),
        ({"url": "https://{t}.example/?page={p}", "variables": {"t": {"default": "a"}, "p": 3}}, ""),
    ],
)
def test_the_variables_of_a_server_are_judged_by_what_stands_for_them(server: dict[str, Any], rule: str) -> None:
    assert [one[1] for one in found({"openapi": "3.1.0", "servers": [server]})] == ([rule] if rule else [])


@pytest.mark.parametrize(
    ("path", "rule"),
    [("/x?access_token={token}", "L7"), (f"/x?access_token={OPAQUE}", "L2"), ("/x?page={page}", "")],
)
def test_a_query_in_a_path_is_judged(path: str, rule: str) -> None:
    expected = [("/paths/" + path.replace("/", "~1"), rule, "access_token")] if rule else []
    assert found({"openapi": "3.1.0", "paths": {path: {"get": {}}}}) == expected


def test_an_address_that_is_called_back_is_judged() -> None:
    calls = {"c": {"https://b.example/?access_token={$request.body#/token}": {}, "{$request.body#/url}?page=1": {}}}
    document = {"openapi": "3.1.0", "paths": {"/x": {"get": {"callbacks": calls}}}}
    assert [one[1:] for one in found(document)] == [("L7", "access_token")]


def test_security_schemes_are_judged_by_where_they_send() -> None:
    schemes = {
        "query": {"type": "apiKey", "in": "query", "name": "key"},
        "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
        "bearer": {"type": "http", "scheme": "bearer"},
        "implicit": {"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://idp.example.com/a"}}},
    }
    at = "/components/securitySchemes"
    expected = [(f"{at}/query", "L7", "key"), (f"{at}/implicit/flows/implicit", "W1", "access_token")]
    assert found({"openapi": "3.0.3", "components": {"securitySchemes": schemes}}) == expected
    old = {"a": {"type": "apiKey", "in": "query", "name": "key"}, "b": {"type": "oauth2", "flow": "implicit"}}
    expected = [("/securityDefinitions/a", "L7", "key"), ("/securityDefinitions/b/flow", "W1", "access_token")]
    assert found({"swagger": "2.0", "securityDefinitions": old}) == expected


def test_the_url_of_a_server_is_judged_as_a_url() -> None:
    servers = [{"url": "https://bob:Tr0ub4dor7@api.example.com/v1"}, {"url": "https://{region}.example.com"}]
    assert found({"openapi": "3.1.0", "servers": servers}) == [("/servers/0/url", "L3", "")]


def test_the_parameters_of_a_collection_are_leaks_where_a_variable_or_a_value_fills_them() -> None:
    query = [
        {"key": "access_token", "value": "{{token}}"},
        {"key": "api_key", "value": OPAQUE},
        {"key": "key", "value": "{{apiKey}}"},
        {"key": "password", "value": ""},
        {"key": "pageToken", "value": "{{next}}"},
        {"key": "sid", "value": "{{sid}}", "disabled": True},
    ]
    at = "/item/0/item/0/request/url/query"
    expected = [(f"{at}/0", "L7", "access_token"), (f"{at}/1", "L2", "api_key"), (f"{at}/2", "L7", "key")]
    expected.append((f"{at}/5", "W3", "sid"))
    assert found(request({"raw": "https://a.example.com/x?access_token={{token}}", "query": query})) == expected


def test_a_url_that_is_a_text_is_judged_as_it_is_spelled() -> None:
    at = "/item/0/item/0/request/url"
    assert found(request("https://a.example.com/x?access_token={{token}}&page=2")) == [(at, "L7", "access_token")]
    assert found(request(f"https://a.example.com/x?access_token={OPAQUE}")) == [(at, "L2", "access_token")]
    assert found(request("https://a.example.com/x?page={{page}}")) == []


@pytest.mark.parametrize(
    ("auth", "name"),
    [
        ({"type": "apikey", "apikey": [{"key": "in", "value": "query"}, {"key": "key", "value": "k"}]}, "k"),
        ({"type": "apikey", "apikey": {"in": "query", "key": "k"}}, "k"),
        ({"authType": "api-key", "addTo": "QUERY_PARAMS", "key": "k", "value": "<<key>>"}, "k"),
        ({"authType": "oauth-2", "addTo": "Query params"}, "access_token"),
        ({"type": "oauth2", "oauth2": [{"key": "addTokenTo", "value": "queryParams"}]}, "access_token"),
        ({"type": "apikey", "apikey": [{"key": "in", "value": "header"}, {"key": "key", "value": "k"}]}, ""),
        ({"type": "bearer", "bearer": [{"key": "token", "value": "{{t}}"}]}, ""),
    ],
)
def test_the_authentication_of_a_collection_is_judged_by_where_it_is_sent(auth: dict[str, Any], name: str) -> None:
    expected = [("/item/0/item/0/request/auth", "L7", name)] if name else []
    assert found(request("https://a.example.com/x", auth=auth)) == expected


def test_an_insomnia_export_is_read_too() -> None:
    one = {
        "_type": "request",
        "url": "https://a.example.com/x",
        "parameters": [{"name": "access_token", "value": "{{ _.token }}"}],
        "authentication": {"type": "apikey", "addTo": "queryParams", "key": "k", "value": "{{ _.k }}"},
    }
    expected = [("authentication", "L7", "k"), ("parameters/0", "L7", "access_token")]
    assert found({"_type": "export", "resources": [one]}) == [(f"/resources/0/{p}", r, n) for p, r, n in expected]
    newer = {"type": "collection.insomnia.rest/5.0", "collection": [{"name": "folder", "children": [one]}]}
    assert found(newer) == [(f"/collection/0/children/0/{p}", r, n) for p, r, n in expected]


def test_no_literal_credential_is_shown() -> None:
    document = request({"raw": f"https://bob:{OPAQUE}@a.example.com/x", "query": [{"key": "api_key", "value": OPAQUE}]})
    shown = repr(list(declared_credentials(document)))
    assert "api_key" in shown
    assert OPAQUE not in shown


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "text",
        7,
        {},
        {"openapi": 3, "paths": []},
        {"openapi": "3.1.0", "paths": {"/x": {"get": {"parameters": [3]}}}},
        {"item": [{"request": {"url": {"raw": 3, "query": [None, {"key": 1}]}, "auth": {"type": 3, "in": []}}}]},
    ],
    ids=str,
)
def test_a_document_of_another_shape_has_no_findings_and_no_errors(document: object) -> None:
    assert found(document) == []


def test_a_document_that_is_nested_without_end_is_left() -> None:
    node: dict[str, Any] = {"openapi": "3.1.0"}
    node["self"] = node
    assert found(node) == []


@pytest.mark.parametrize(
    ("declared", "leaks"),
    [
        ("string", True),
        (["string", "null"], True),
        (["null", "string", "integer"], True),
        (["integer", "null"], False),
        ([{"no": "type"}], True),
        (None, True),
        ("array", False),
    ],
)
def test_a_type_may_be_a_list(declared: object, leaks: bool) -> None:
    parameter = {"name": "api_key", "in": "query", "schema": {"type": declared}}
    document = {"openapi": "3.1.0", "paths": {"/a": {"get": {"parameters": [parameter]}}}}
    assert bool(list(declared_credentials(document))) is leaks


def test_a_setting_of_a_collection_whose_name_is_no_text_names_nothing() -> None:
    auth = {"type": "apikey", "apikey": [{"key": ["in"], "value": "query"}, {"key": "in", "value": "query"}]}
    assert len(list(declared_credentials({"info": {}, "item": [], "auth": auth}))) == 1


def test_half_of_a_surrogate_pair_hides_no_credential() -> None:
    """JSON can write one, and UTF-8 has none."""
    collection = json.loads(
        r'{"info": {"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}, "item": ['
        r'{"request": {"method": "GET", "url": {"raw": "https://api.example.com/\ud800?access_token={{token}}"}}},'
        r'{"request": {"method": "GET", "url": {"raw": "https://api.example.com/b", "query": ['
        r'{"key": "\ud800_access_token", "value": "{{token}}"}, {"key": "api_key", "value": "a\ud800{{key}}"}]}}}]}'
    )
    assert [finding.rule for _, finding in declared_credentials(collection)] == ["L7", "L7", "L7"]


def test_a_link_says_which_of_its_parameters_go_into_the_query() -> None:
    names = ("query.access_token", "query.page", "header.access_token", "access_token")
    link = {"operationId": "next", "parameters": dict.fromkeys(names, "$response.body#/token")}
    responses = {"200": {"description": "ok", "links": {"next": link}}}
    [(pointer, finding)] = declared_credentials(
        {"openapi": "3.0.3", "paths": {"/login": {"post": {"responses": responses}}}}
    )
    assert (finding.rule, finding.parameter) == ("L7", "access_token")
    assert pointer == "/paths/~1login/post/responses/200/links/next/parameters/query.access_token"
