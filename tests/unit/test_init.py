"""`seasonproof init`: what it finds, asks, writes and refuses, and that it sends no credentials and few requests."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.commands.init import InitOptions, init
from conformance.config.secret_references import References
from conformance.documents import UsageProblem
from tests.unit.init_servers import JSON, PET_SHOP, Canned, canned, written
from tests.unit.raw_server import Connection, serving


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


METADATA: Canned = (
    200,
    JSON,
    '{"issuer": "{url}/realm", "token_endpoint": "{url}/realm/token", "token_endpoint_auth_methods_supported": '
    '["client_secret_post"]}',
)


@pytest.mark.parametrize(
    "place", ["/realm/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/realm"]
)
def test_an_authorization_server_is_known_by_its_metadata(place: str) -> None:
    with canned({f"GET {place}": METADATA}) as server:
        found, asked = written(InitOptions(url=f"{server.url}/realm", name="idp"))
    assert found["token_endpoint"] == {
        "url": f"{server.url}/realm/token",
        "issuer": f"{server.url}/realm",
        "client_id": "the-client-id",
        "client_secret": "${IDP_CLIENT_SECRET}",
        "authentication": "client_secret_post",
    }
    assert asked == []


def test_records_are_known_by_an_openapi_document() -> None:
    with canned(PET_SHOP) as server:
        found, _ = written(InitOptions(url=server.url, name="shop"))
    system = found["business_system"]
    assert system["base_url"] == f"{server.url}/api"
    assert system["update"] == {"path": "/pets/{id}", "method": "PUT"}
    assert system["poll"]["query"] == {"updated_since": "{since}"}
    assert system["modified"] == "$.updated_at"
    assert system["fields"] == {
        "name": {"type": "string", "max_length": 40, "required": True},
        "status": {"type": "enumeration", "values": ["new", "sold"]},
    }


def test_no_credentials_and_few_requests_are_sent_and_each_is_told() -> None:
    said: list[str] = []
    nothing = "nothing that was looked at shows which role it plays"
    with canned({}) as server, pytest.raises(UsageProblem, match=nothing):
        init(InitOptions(url=f"{server.url}/a", name="a"), lambda *_: "", said.append)
    assert len(server.asked) <= 20
    assert {method for method, _, _ in server.asked} <= {"GET", "OPTIONS"}
    assert not {"authorization", "cookie"} & {name for _, _, headers in server.asked for name in headers}
    told = [line for line in said if line.startswith(("GET ", "OPTIONS "))]
    assert [line.split()[:2] for line in told] == [[m, server.url + path] for m, path, _ in server.asked]


@pytest.mark.parametrize("status", [401, 403])
def test_an_address_that_shows_a_stranger_nothing_says_so(status: int) -> None:
    with canned({"GET /a": (status, {}, "")}) as server, pytest.raises(UsageProblem) as caught:
        init(InitOptions(url=f"{server.url}/a", name="a"), lambda *_: "", lambda _: None)
    assert caught.value.problems[0].startswith(f"GET {server.url}/a is answered {status} without credentials")
    assert "--role=file_service" in caught.value.problems[0]


@pytest.mark.parametrize("place", ["/login?next=%2F", "https://login.example.com/?back=1"])
def test_a_login_page_ends_the_look_and_is_told(place: str) -> None:
    said: list[str] = []
    wall: Canned = (302, {"Location": place}, "")
    paths = ["/a", "/a/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/a", "/openapi.json"]
    pages = {f"GET {path}": wall for path in paths} | {"GET /login?next=%2F": (200, {"Content-Type": "text/html"}, "")}
    with canned(pages) as server, pytest.raises(UsageProblem) as caught:
        init(InitOptions(url=f"{server.url}/a", name="a"), lambda *_: "", said.append)
    page = place.partition("?")[0]
    assert len(server.asked) <= 5
    assert f"/a leads to {server.url if page.startswith('/') else ''}{page}" in caught.value.problems[0]
    assert "it sends no credentials" in caught.value.problems[0]
    assert any("nothing more is asked" in line for line in said)


def test_a_refusal_that_names_no_scheme_leaves_bearer_a_guess() -> None:
    options = InitOptions(url="", name="a", role="file_service")
    with canned({"GET /a": (401, {}, "")}) as server:
        path = init(replace(options, url=f"{server.url}/a"), lambda *_: "", lambda _: None)
    assert "bearer is a guess" in " ".join(path.read_text("utf-8").replace("#", " ").split())
    path.unlink()
    with canned({"GET /a": (401, {"WWW-Authenticate": "Bearer"}, "")}) as server:
        path = init(replace(options, url=f"{server.url}/a"), lambda *_: "", lambda _: None)
    assert "guess" not in path.read_text("utf-8")


def test_a_redirect_to_another_origin_is_not_followed() -> None:
    with (
        canned({}) as other,
        canned({"GET /": (302, {"Location": f"{other.url}/stolen"}, "")}) as server,
        pytest.raises(UsageProblem),
    ):
        init(InitOptions(url=server.url, name="a"), lambda *_: "", lambda _: None)
    assert other.asked == []


ORG: dict[str, Canned] = {
    "GET /services/oauth2/singleaccess": (401, {"WWW-Authenticate": "Bearer"}, ""),
    "GET /.well-known/openid-configuration": METADATA,
}


def test_of_several_roles_all_or_one_are_chosen_and_rotation_only_by_name() -> None:
    with canned(ORG) as server:
        found, asked = written(InitOptions(url=server.url, name="all"))
        assert list(found) == ["name", "token_endpoint", "single_access"]
        assert len(asked) == 1
        found, _ = written(InitOptions(url=server.url, name="one"), "staged_credentials")
        assert list(found) == ["name", "staged_credentials"]
        found, asked = written(InitOptions(url=server.url, name="named", role="single_access"))
        assert (list(found), asked) == (["name", "single_access"], [])


def test_a_server_that_refuses_everybody_everywhere_is_no_org() -> None:
    refused: Canned = (401, {"WWW-Authenticate": "Bearer"}, "")
    places = ("/services/oauth2/singleaccess", "/services/oauth2/seasonproof-asks-for-nothing")
    with canned({f"GET {place}": refused for place in places}) as server, pytest.raises(UsageProblem, match="nothing"):
        init(InitOptions(url=server.url, name="a"), lambda *_: "", lambda _: None)


def test_a_web_dav_server_is_known_by_its_options() -> None:
    answers: dict[str, Canned] = {
        "OPTIONS /box": (200, {"DAV": "1, 2"}, ""),
        "GET /box": (401, {"WWW-Authenticate": 'Basic realm="box"'}, ""),
    }
    with canned(answers) as server:
        found, _ = written(InitOptions(url=f"{server.url}/box", name="box"))
    assert found["file_service"] == {
        "url": f"{server.url}/box/{{name}}",
        "access": {"basic": {"user": "the-user", "password": "${BOX_PASSWORD}"}},
        "absent": ["openapi"],
    }


@pytest.mark.parametrize("path", ["/box", ""])
def test_an_object_store_is_known_by_the_name_that_it_gives_to_a_request(path: str) -> None:
    with canned({f"GET {path or '/'}": (403, {"x-amz-request-id": "4442587FB7D0A2F9"}, "<Error/>")}) as server:
        found, _ = written(InitOptions(url=f"{server.url}{path}", name="box"))
    assert found["file_service"] == {
        "url": f"{server.url}{path or '/the-name-of-the-bucket'}/{{name}}",
        "access": {"aws": {"key_id": "TheIdOfTheKey", "secret": "${BOX_SECRET_KEY}", "region": "us-east-1"}},
        "absent": ["openapi"],
    }


@pytest.mark.parametrize("namespace", ["s3.amazonaws.com/doc", "doc.s3.amazonaws.com"])
def test_an_object_store_that_names_no_request_is_known_by_its_xml(namespace: str) -> None:
    listed = f'<ListBucketResult xmlns="http://{namespace}/2006-03-01/"><Name>box</Name></ListBucketResult>'
    with canned({"GET /box": (200, {"Content-Type": "application/xml"}, listed)}) as server:
        found, _ = written(InitOptions(url=f"{server.url}/box", name="box"))
    assert found["file_service"]["url"] == f"{server.url}/box/{{name}}"
    assert "aws" in found["file_service"]["access"]


def test_a_storage_of_solid_is_known_by_its_link() -> None:
    link = '<http://www.w3.org/ns/pim/space#Storage>; rel="type"'
    with canned({"GET /pod": (200, {"Link": link}, "")}) as server:
        found, _ = written(InitOptions(url=f"{server.url}/pod", name="pod"))
    assert found["file_service"]["url"] == f"{server.url}/pod/{{name}}"
    assert found["file_service"]["access"] == {"bearer": "${POD_TOKEN}"}


@pytest.mark.parametrize("role", ["single_access", "token_endpoint", "file_service", "business_system"])
def test_where_nothing_shows_the_role_can_be_said(role: str) -> None:
    with canned({}) as server:
        found, _ = written(InitOptions(url=f"{server.url}/a", name="a", role=role))
    assert list(found) == ["name", role]


# Files.


def entry(method: str, url: str, kind: str = "", text: str = "", **headers: str) -> dict[str, object]:
    asked: dict[str, object] = {
        "method": method,
        "url": url,
        "headers": [{"name": k, "value": v} for k, v in headers.items()],
    }
    return {"request": asked | ({"postData": {"mimeType": kind, "text": text}} if kind else {})}


CALLS = [
    entry(
        "POST", "https://idp.example.com/token", "application/x-www-form-urlencoded", "grant_type=client_credentials"
    ),
    entry("PUT", "https://files.example.com/box/a.bin", "application/octet-stream", "abc", Authorization="Bearer x"),
    entry("POST", "https://crm.example.com/v1/accounts", "application/json", "{}", **{"X-Api-Key": "x"}),
    entry("GET", "https://crm.example.com/v1/accounts/7"),
    {"request": None},
]


def test_a_capture_shows_roles_and_its_secrets_are_not_copied(tmp_path: Path) -> None:
    (tmp_path / "made.har").write_text(json.dumps({"log": {"entries": CALLS}}), "utf-8")
    found, _ = written(InitOptions(source="made.har", name="made"))
    assert found["token_endpoint"]["url"] == "https://idp.example.com/token"
    assert found["file_service"]["url"] == "https://files.example.com/box/{name}"
    assert found["business_system"]["base_url"] == "https://crm.example.com/v1"
    assert found["business_system"]["access"] == {"api_key": {"header": "x-api-key", "value": "${MADE_KEY}"}}
    assert "Bearer x" not in (tmp_path / "made.yaml").read_text("utf-8")


def test_a_postman_collection_shows_roles(tmp_path: Path) -> None:
    token = {
        "method": "POST",
        "url": {"raw": "{{idp}}/token"},
        "body": {"mode": "urlencoded", "urlencoded": [{"key": "grant_type", "value": "client_credentials"}]},
    }
    collection = {
        "variable": [{"key": "idp", "value": "https://idp.example.com"}],
        "item": [{"item": [{"request": token}]}],
    }
    (tmp_path / "made.json").write_text(json.dumps(collection), "utf-8")
    found, _ = written(InitOptions(source="made.json", name="made"))
    assert found["token_endpoint"]["url"] == "https://idp.example.com/token"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (InitOptions(), "give an address to look at, or --from FILE"),
        (InitOptions(url="https://a.example.com", source="b.har"), "b.har: no such file"),
        (InitOptions(url="ftp://a.example.com"), "must be an http or https address"),
        (InitOptions(url="http://[::1"), "is not an address"),
        (InitOptions(url="https://ann:s3cret@a.example.com/?sid=t0ken"), "must not hold a user name or a password"),
        (InitOptions(url="http://127.0.0.1:1"), "can't be reached"),
        (InitOptions(url="http://127.0.0.1", role="token"), "'token' is not a role"),
        (InitOptions(url="http://127.0.0.1", name="Ä b"), "--name: 'Ä b' must be lower-case letters, digits"),
        (InitOptions(source="missing.har"), "missing.har"),
        (InitOptions(source="noise.har"), "neither a HAR file, a Postman collection or an OpenAPI document"),
        (InitOptions(source="noise.har", name="here"), "here.yaml exists"),
    ],
)
def test_what_cannot_be_done_is_one_message(tmp_path: Path, options: InitOptions, says: str) -> None:
    (tmp_path / "noise.har").write_bytes(b"\x00\xff{[")
    (tmp_path / "here.yaml").write_text("mine", "utf-8")
    with pytest.raises(UsageProblem) as caught:
        init(options, lambda *_: "", lambda _: None)
    assert says in str(caught.value)
    assert not {"s3cret", "t0ken"} & set(re.split(r"\W", str(caught.value)))
    assert (tmp_path / "here.yaml").read_text("utf-8") == "mine"


ODD: list[Any] = [
    None,
    [],
    {"openapi": "3.1.0"},
    {"openapi": "3.1.0", "paths": None, "webhooks": {"x": {}}},
    {"openapi": "3.1.0", "paths": {"/a": None, "/b": {"get": None}}},
    {"openapi": "3.1.0", "servers": [None], "paths": {"/p": {"post": {"requestBody": None}}, "/p/{i}": {"get": {}}}},
    {"openapi": "3.1.0", "servers": "x", "paths": {"/p": {"post": {}, "get": {"parameters": [None]}}, "/p/{i}": {}}},
    {"swagger": "2.0", "host": 7, "schemes": [None], "paths": {"/p": {"post": {}}, "/p/{i}": {"get": {}}}},
    {"log": {"entries": [7, {"request": {"method": None, "url": 7, "postData": []}}]}},
    {"log": {"entries": [{"request": {"method": "GET", "url": "http://[not an address]/"}}]}},
    {"item": [7, {"request": {"url": None, "header": [None], "body": []}}, {"item": 7}], "variable": [7]},
]


@pytest.mark.parametrize("number", range(len(ODD)))
def test_an_odd_document_ends_in_a_file_or_in_a_message(tmp_path: Path, number: int) -> None:
    """A type as a list, a null, or a member of another kind is no reason to crash."""
    types = {"type": ["string", "null"], "const": None, "$defs": {}, "prefixItems": [True]}
    text = json.dumps(ODD[number]).replace('"requestBody": null', f'"requestBody": {json.dumps(types)}')
    (tmp_path / "odd.json").write_text(text, "utf-8")
    said = ""
    try:
        init(InitOptions(source="odd.json", name="odd"), lambda _, answers: answers[0], lambda _: None)
    except UsageProblem as problem:
        said = str(problem)
    assert bool(said) or (tmp_path / "odd.yaml").exists()


STRANGE = "x\u2028evil: ${HOME}\x85more: 1\ntoken_endpoint: {url: 'https://evil.example'} #"
STRANGE_CSDL = """<?xml version="1.0"?>
<edmx:Edmx xmlns:edmx="e"><edmx:DataServices><Schema xmlns="s" Namespace="crm">
<EntityType Name="A"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32"/>
<Property Name="STRANGE" Type="Edm.String" MaxLength="99999999999999999999"/>
<Property Name="${{HOME}}" Type="Edm.Decimal" Precision="DIGITS"/></EntityType>
<EntityContainer Name="all"><EntitySet Name="As" EntityType="crm.A"/><EntitySet Name="STRANGE" EntityType="crm.A"/>
</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""


def strange_document() -> str:
    values = {"type": "string", "enum": ["${HOME}", "$${HOME}", STRANGE]}
    schema = {"type": "object", "properties": {STRANGE: {"type": "string"}, "kind": values}}
    body = {"content": {"application/json": {"schema": schema}}}
    operation = {"requestBody": body, "responses": {"200": {"description": "", **body}}}
    one = {"get": {"responses": {"200": {"description": "", **body}}}}
    paths = {"/as": {"post": operation, **one}, "/as/{id}": one, f"/{STRANGE}": {"post": operation}}
    paths[f"/{STRANGE}/{{id}}"] = one
    info = {"title": "t", "version": "1"}
    return json.dumps({"openapi": "3.0.3", "info": info, "servers": [{"url": "https://${HOME}.evil"}], "paths": paths})


def strange_csdl() -> str:
    named = STRANGE.replace("\n", "&#10;").replace("\x85", "&#133;").replace("\u2028", "&#8232;")
    return STRANGE_CSDL.replace("STRANGE", named).replace("DIGITS", "9" * 5000)


STRANGERS: dict[str, dict[str, Canned]] = {
    "an OData service": {"GET /$metadata": (200, {"Content-Type": "application/xml"}, strange_csdl())},
    "an OpenAPI document": {"GET /openapi.json": (200, JSON, strange_document())},
    "metadata": {
        "GET /.well-known/openid-configuration": (
            200,
            JSON,
            json.dumps({"token_endpoint": "https://evil.example/${HOME}", "issuer": STRANGE}),
        )
    },
}


@pytest.mark.parametrize("answers", STRANGERS.values(), ids=STRANGERS)
def test_a_stranger_writes_no_line_and_no_reference_into_the_file(
    answers: dict[str, Canned], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run would send the secret that it names to where the stranger wants it."""
    monkeypatch.setenv("HOME", "a-secret-of-the-environment")
    said: list[str] = []
    with canned(answers) as server, suppress(UsageProblem):  # the file is written, and needs corrections
        init(InitOptions(url=server.url, name="odd"), lambda _, options: options[0], said.append)
    text = Path("odd.yaml").read_text("utf-8")
    assert set(yaml.safe_load(text)) <= {"name", "business_system", "token_endpoint", "file_service", "capabilities"}
    loaded = References(Path(), os.environ, is_lenient=True)
    loaded.replaced(yaml.safe_load(text))
    assert [name for _, name, _ in loaded.brought] == []
    assert all(line.isprintable() for line in said)


def test_another_origin_that_would_get_credentials_is_said() -> None:
    metadata = '{"token_endpoint": "https://login.example.net/token"}'
    said: list[str] = []
    with canned({"GET /.well-known/openid-configuration": (200, JSON, metadata)}) as server:
        init(InitOptions(url=server.url, name="idp"), lambda _, options: options[0], said.append)
    expected = "Credentials will go to another origin, https://login.example.net: is it yours?"
    assert expected in said[-1]
    assert expected in Path("idp.yaml").read_text("utf-8").replace("\n# ", " ")


def test_a_server_that_never_answers_is_asked_three_times() -> None:
    """However slowly it says the half of something."""

    def half(connection: Connection) -> None:
        connection.read_head()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf")

    said: list[str] = []
    with serving(half) as server, pytest.raises(UsageProblem, match="nothing that was looked at shows which role"):
        init(InitOptions(url=server.url), lambda _, options: options[0], said.append)
    assert len([line for line in said if line.startswith(("GET ", "OPTIONS "))]) == 3
    assert "3 requests in a row had no whole answer, so nothing more is asked" in said


@pytest.mark.parametrize(
    ("collection", "item"), [("accounts", "/accounts/{id}"), ("accounts.json", "/accounts/{id}.json")]
)
def test_records_are_read_below_their_list_with_its_ending(collection: str, item: str) -> None:
    answer: Canned = (200, JSON, '[{"id": 1, "name": "first"}]')
    with canned({f"GET /v1/{collection}": answer}) as server:
        found, _ = written(InitOptions(url=f"{server.url}/v1/{collection}", name="erp"))
    assert found["business_system"]["create"] == {"path": f"/{collection}"}
    assert found["business_system"]["read"] == {"path": item}
