"""`seasonproof init` on lists of records: JSON:API, HAL and what is like them, from an answer or a document."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.commands.init import InitOptions
from conformance.config.target import load_target
from tests.unit.init_servers import JSON, Canned, canned, written

JSON_API = "application/vnd.api+json"
RESOURCES = {
    "data": [
        {"type": "person", "id": "1", "attributes": {"first-name": "Ada", "updated-at": "2026-02-03T10:00:00Z"}},
        {"type": "person", "id": "2", "attributes": {"first-name": "Bo", "updated-at": "2026-02-03T11:00:00Z"}},
    ],
    "links": {"next": "/v1/people?page[cursor]=2"},
}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def poll_in(path: str) -> dict[str, Any]:
    """The poll that a file proposes in a comment; the file loads with it, with the time that it needs, and a lock."""
    whole = re.sub(r"^  # (?=poll:|modified:|lock:)", "  ", Path(path).read_text("utf-8"), flags=re.MULTILINE)
    Path("polled.yaml").write_text(whole, "utf-8")
    load_target("polled.yaml", {}, needs_secrets=False)
    system = yaml.safe_load(whole)["business_system"]
    assert system["lock"] == "etag"
    poll: dict[str, Any] = system["poll"]
    return poll


def test_json_api_is_known_where_it_is_all_that_is_answered() -> None:
    """Its type has another name than its path, its fields have hyphens, and its next page is linked."""

    def accepts(path: str, headers: Any) -> Canned | None:
        return None if JSON_API in headers.get("accept", "") else (406, JSON, "{}")

    answer: Canned = (200, {"Content-Type": JSON_API}, json.dumps(RESOURCES))
    with canned({"GET /v1/people": answer}, accepts) as server:
        found, _ = written(InitOptions(url=f"{server.url}/v1/people", name="crm"))
        system = found["business_system"]
        assert system["base_url"] == f"{server.url}/v1"
    assert (system["adapter"], system["collection"]) == ("json-api", "people")
    assert system["create"]["body"] == {"data": {"type": "person", "attributes": "{record}"}}
    assert system["update"]["body"] == {"data": {"id": "{id}", "type": "person", "attributes": "{record}"}}
    assert system["modified"] == "$.attributes['updated-at']"
    assert system["fields"] == {"first-name": {"type": "string"}}
    poll = poll_in("crm.yaml")
    assert poll["query"] == {"filter[updated-at][ge]": "{since}", "sort": "updated-at", "page[size]": "{size}"}
    assert poll["paging"] == {"next_url": "$.links.next"}


@pytest.mark.parametrize(
    ("answer", "header", "items", "paging", "names"),
    [
        (
            {"_embedded": {"deals": [{"id": 1, "name": "a"}]}, "_links": {"next": {"href": "/deals?page=2"}}},
            "",
            "$._embedded.deals[*]",
            {"next_url": "$._links.next.href"},
            "id",
        ),
        ({"_items": [{"_id": "a1", "_updated": "Tue, 01 Dec 2026 08:13:06 GMT"}]}, "", "$._items[*]", None, "_id"),
        ({"count": 1, "next": None, "results": [{"id": 1}]}, "", "$.results[*]", {"next_url": "$.next"}, "id"),
        ({"next": "a-token", "items": [{"uuid": "x"}]}, "", "$.items[*]", None, "uuid"),
        ([{"id": 1}], '</deals?page=2>; rel="next"', "$[*]", {"link_header": True}, "id"),
    ],
    ids=["HAL", "Eve", "Django", "a token", "a Link header"],
)
def test_what_an_answer_shows_of_its_records_and_pages_is_proposed(
    answer: object, header: str, items: str, paging: object, names: str
) -> None:
    with canned({"GET /deals": (200, JSON | {"Link": header}, json.dumps(answer))}) as server:
        found, _ = written(InitOptions(url=f"{server.url}/deals", name="crm"))
    poll = poll_in("crm.yaml")
    assert (poll["items"], poll.get("paging")) == (items, paging)
    assert found["business_system"]["id"] == f"$.{names}"
    assert found["business_system"].get("modified") == ("$._updated" if names == "_id" else None)
    assert found["business_system"]["create"].get("id", "$.id") == f"$.{names}"


TEXT, TIME = {"type": "string"}, {"type": "string", "format": "date-time"}


def document(media_type: str, new: object, shown: object, listed: object, *parameters: object) -> str:
    """A document with the list /v1/deals, as a file."""

    def answers(schema: object) -> dict[str, object]:
        return {"responses": {"200": {"description": "", "content": {media_type: {"schema": schema}}}}}

    paths = {
        "/v1/deals": {
            "get": {"parameters": parameters, **answers(listed)},
            "post": {"requestBody": {"content": {media_type: {"schema": new}}}, **answers(shown)},
        },
        "/v1/deals/{id}": {"get": answers(shown)},
    }
    Path("crm.json").write_text(
        json.dumps({"openapi": "3.0.3", "servers": [{"url": "https://crm.example.com"}], "paths": paths}), "utf-8"
    )
    return "crm.json"


def test_a_document_of_json_api_has_its_fields_among_the_attributes() -> None:
    attributes = {"properties": {"name": TEXT, "changed_at": TIME | {"readOnly": True}}}
    resource = {"properties": {"data": {"properties": {"type": {"enum": ["deal"]}, "attributes": attributes}}}}
    since = {"name": "filter[changed_since]", "in": "query", "schema": TIME}
    size = {"name": "page[size]", "in": "query", "schema": {"type": "integer"}}
    sort = {"name": "sort", "in": "query", "schema": {"items": {"enum": ["id", "-id", "changed_at"]}}}
    until = {"name": "filter[changed_at__lte]", "in": "query", "schema": TIME}
    source = document(JSON_API, resource, resource, {}, until, since, size, sort)
    system = written(InitOptions(source=source, name="crm"))[0]["business_system"]
    assert (system["base_url"], system["collection"]) == ("https://crm.example.com/v1", "deals")
    assert system["create"]["body"] == {"data": {"type": "deal", "attributes": "{record}"}}
    assert (system["fields"], system["modified"]) == ({"name": {"type": "string"}}, "$.attributes.changed_at")
    ordered = {"filter[changed_since]": "{since}", "page[size]": "{size}", "sort": "changed_at,id"}
    assert system["poll"] == {"query": ordered}


def test_a_document_whose_resources_lack_their_folder_is_read_all_the_same() -> None:
    """As drf-spectacular-jsonapi writes what is sent, with decimals as text."""
    amount = TEXT | {"format": "decimal", "pattern": r"^-?\d{0,12}(?:\.\d{0,2})?$"}
    kind = {"allOf": [{"enum": ["Deal"]}], "description": "the type"}
    resource = {"properties": {"type": kind, "attributes": {"properties": {"name": TEXT, "amount": amount}}}}
    source = document(JSON_API, resource, {"properties": {"data": resource}}, {}, query("filter[updated]"))
    system = written(InitOptions(source=source, name="crm"))[0]["business_system"]
    assert system["create"]["body"]["data"]["type"] == "Deal"
    assert system["fields"]["amount"] == {"type": "decimal", "digits": 14, "scale": 2, "as_text": True}


def query(name: str, **schema: object) -> dict[str, object]:
    return {"name": name, "in": "query", "schema": {"type": "integer", **schema}}


@pytest.mark.parametrize(
    ("members", "parameters", "paging"),
    [
        ({}, [query("page"), query("per_page")], {"page_parameter": "page"}),
        ({}, [query("page", default=0)], {"page_parameter": "page", "first": 0}),
        ({}, [query("offset", default=0), query("limit")], {"offset_parameter": "offset"}),
        ({}, [query("startIndex", minimum=1)], {"offset_parameter": "startIndex", "first": 1}),
        ({"next": TEXT | {"format": "uri"}}, [query("page")], {"next_url": "$.next"}),
        ({"links": {"properties": {"next": TEXT}}}, [query("page")], {"next_url": "$.links.next"}),
        ({"next_cursor": TEXT}, [query("cursor")], {"token": "$.next_cursor", "token_parameter": "cursor"}),
        ({}, [query("limit")], None),
    ],
)
def test_a_document_shows_how_the_next_page_is_asked_for(
    members: dict[str, object], parameters: list[dict[str, object]], paging: object
) -> None:
    record = {"properties": {"name": TEXT, "changed": TIME}}
    listed = {"properties": {"items": {"type": "array", "items": record}, **members}}
    source = document("application/json", record, record, listed, query("changed_since"), *parameters)
    system = written(InitOptions(source=source, name="crm"))[0]["business_system"]
    assert (system["poll"]["items"], system["poll"].get("paging")) == ("$.items[*]", paging)
