"""`seasonproof init --from` an OpenAPI document: which roles, fields, times and token endpoints it finds there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from conformance.commands.init import InitOptions
from conformance.documents import UsageProblem
from tests.unit.init_servers import JSON, PETS, canned, written


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


INTEGER = {"type": "integer"}
TIME = {"type": "string", "format": "date-time"}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def body(kind: str, name: str) -> dict[str, object]:
    return {"content": {kind: {"schema": ref(name)}}}


def answers_with(name: str) -> dict[str, object]:
    return {"200": {"description": "", **body("application/json", name)}}


def test_a_document_in_a_file_shows_roles(tmp_path: Path) -> None:
    (tmp_path / "pets.yaml").write_text(yaml.safe_dump(PETS), "utf-8")
    found, _ = written(InitOptions(source="pets.yaml", name="shop"))
    assert found["business_system"]["create"] == {"path": "/pets"}


def test_a_value_that_may_be_null_is_a_field_and_answers_say_where_records_and_times_are(tmp_path: Path) -> None:
    """As FastAPI writes them: two alternatives, an object around the list, and a time that is only read."""
    document = {
        "openapi": "3.1.0",
        "servers": [{"url": "https://crm.example.com"}],
        "paths": {
            "/deals": {
                "get": {"parameters": [{"name": "changed_after", "in": "query"}], "responses": answers_with("Deals")},
                "post": {"requestBody": body("application/json", "NewDeal"), "responses": answers_with("Deal")},
            },
            "/deals/{id}": {"get": {"responses": answers_with("Deal")}},
        },
        "components": {
            "schemas": {
                "NewDeal": {
                    "properties": {"name": {"type": ["string", "null"]}, "size": {"anyOf": [INTEGER, {"type": "null"}]}}
                },
                "Deal": {"properties": {"changed": {"type": "string", "format": "date-time", "readOnly": True}}},
                "Deals": {"properties": {"total": INTEGER, "data": {"type": "array", "items": ref("Deal")}}},
            }
        },
    }
    (tmp_path / "crm.json").write_text(json.dumps(document), "utf-8")
    found, _ = written(InitOptions(source="crm.json", name="crm"))
    system = found["business_system"]
    assert system["fields"] == {"name": {"type": "string", "nullable": True}, "size": {"type": "integer"}}
    assert system["modified"] == "$.changed"
    assert system["poll"] == {"path": "/deals", "query": {"changed_after": "{since}"}, "items": "$.data[*]"}


def test_a_swagger_document_is_read_as_it_stands(tmp_path: Path) -> None:
    """Its paths keep their last slash, and where it names no scheme, the service has the one of the document."""
    record = {"schema": {"properties": {"name": {"type": "string"}, "changed": TIME}}}
    since = {"name": "since", "in": "query", "type": "string"}
    deals = {
        "get": {"parameters": [since], "responses": {"200": record}},
        "post": {"parameters": [{"name": "deal", "in": "body", **record}], "responses": {"201": record}},
    }
    paths = {"/deals/": deals, "/deals/{id}/": {"get": {"responses": {"200": record}}}}
    document = {"swagger": "2.0", "host": "127.0.0.1:8029", "basePath": "/v1", "paths": paths}
    (tmp_path / "crm.json").write_text(json.dumps(document), "utf-8")
    from_file, _ = written(InitOptions(source="crm.json", name="crm"))
    with canned({"GET /swagger.json": (200, JSON, json.dumps(document))}) as server:
        from_server, _ = written(InitOptions(url=server.url, name="deals"))
    system = from_file["business_system"]
    assert system["base_url"] == "https://127.0.0.1:8029/v1"
    assert from_server["business_system"]["base_url"] == "http://127.0.0.1:8029/v1"
    assert (system["create"], system["read"]) == ({"path": "/deals/"}, {"path": "/deals/{id}/"})
    assert system["poll"]["path"] == "/deals/"


@pytest.mark.parametrize(
    ("grant", "is_found"),
    [
        ({"type": "string"}, True),
        ({"anyOf": [{"type": "string", "enum": ["client_credentials"]}, {"type": "null"}]}, True),
        ({"anyOf": [{"type": "string", "pattern": "^password$"}, {"type": "null"}]}, False),
    ],
)
def test_a_form_with_a_grant_type_is_a_token_endpoint_and_a_login_is_none(
    tmp_path: Path, grant: dict[str, object], is_found: bool
) -> None:
    form = {"requestBody": body("application/x-www-form-urlencoded", "Form"), "responses": {}}
    document = {
        "openapi": "3.1.0",
        "servers": [{"url": "https://idp.example.com"}],
        "paths": {"/oauth/token": {"post": form}},
        "components": {"schemas": {"Form": {"properties": {"grant_type": grant}}}},
    }
    (tmp_path / "idp.json").write_text(json.dumps(document), "utf-8")
    if is_found:
        found, _ = written(InitOptions(source="idp.json", name="idp"))
        assert found["token_endpoint"]["url"] == "https://idp.example.com/oauth/token"
        assert "# introspection_url: https://…" in (tmp_path / "idp.yaml").read_text("utf-8")
    else:
        with pytest.raises(UsageProblem, match="nothing"):
            written(InitOptions(source="idp.json", name="idp"))


FILE = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


@pytest.mark.parametrize(
    ("scheme", "access"),
    [
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"api_key": {"header": "X-Key", "value": "${BOX_KEY}"}}),
        ({"type": "http", "scheme": "Basic"}, {"basic": {"user": "the-user", "password": "${BOX_PASSWORD}"}}),
        ({"type": "http", "scheme": "bearer"}, {"bearer": "${BOX_TOKEN}"}),
        ({"type": "oauth2", "flows": {}}, {"bearer": "${BOX_TOKEN}"}),
        ({"type": "apiKey", "in": "cookie", "name": "session"}, None),
    ],
)
def test_a_document_says_how_a_caller_proves_who_it_is(
    scheme: dict[str, object], access: object, tmp_path: Path
) -> None:
    document = {
        "openapi": "3.0.3",
        "servers": [{"url": "https://files.example.com"}],
        "paths": {
            "/files/{name}": {
                "put": {"operationId": "put", "requestBody": FILE, "responses": {"204": {"description": ""}}},
                "get": {"operationId": "get", "responses": {"200": {"description": "", **FILE}}},
            }
        },
        "security": [{"it": []}],
        "components": {"securitySchemes": {"it": scheme}},
    }
    (tmp_path / "box.json").write_text(json.dumps(document), "utf-8")
    found, _ = written(InitOptions(source="box.json", name="box"))
    assert found["file_service"].get("access") == access


def described(answer: dict[str, object]) -> InitOptions:
    operations = {
        "put": {"operationId": "put", "requestBody": FILE, "responses": {"204": {"description": ""}}},
        "get": {"operationId": "get", "responses": {"200": answer}},
    }
    Path("box.json").write_text(json.dumps({"openapi": "3.0.3", "paths": {"/files/{name}": operations}}), "utf-8")
    return InitOptions(source="box.json", name="box")


def test_a_download_whose_answer_has_no_type_may_be_a_file() -> None:
    """As FastAPI describes a FileResponse; what the document lacks is told by BIN-10."""
    found, _ = written(described({"description": ""}))
    assert found["file_service"]["operations"] == {"upload": "put", "download": "get"}


def test_a_download_whose_answer_is_json_is_no_file() -> None:
    with pytest.raises(UsageProblem, match="nothing"):
        written(described({"description": "", "content": {"application/json": {"schema": {}}}}))
