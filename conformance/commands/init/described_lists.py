"""How an OpenAPI document describes a list of records: where they are, how changes are asked for, and the next page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.openapi_lint.openapi import properties
from conformance.openapi_lint.references import Node

if TYPE_CHECKING:
    from conformance.openapi_lint.openapi import Content, OpenApi, Operation

JSON_API = "application/vnd.api+json"

_SINCE = re.compile(r"since|modified|updated|changed", re.IGNORECASE)
_FROM = re.compile(r"since|after|from|start|min|(?:[^a-z]|^)gte?(?:[^a-z]|$)|(?:[^a-z]|^)ge(?:[^a-z]|$)", re.IGNORECASE)
_UNTIL = re.compile(r"before|until|end|max|(?:[^a-z]|^)lte?(?:[^a-z]|$)|(?:[^a-z]|^)le(?:[^a-z]|$)", re.IGNORECASE)
_SIZE = re.compile(r"^(?:page_?)?(?:size|limit)$|^\$top$|per_?page|^page\[(?:size|limit)\]$", re.IGNORECASE)
_PAGE = re.compile(r"^page(?:_?(?:number|no|index))?$|^page\[number\]$", re.IGNORECASE)
_OFFSET = re.compile(r"^(?:offset|skip|\$skip|start_?index|page\[offset\])$", re.IGNORECASE)
_CURSOR = re.compile(r"cursor|continuation|(?:page_?|next_?)token|^page\[(?:after|cursor)\]$", re.IGNORECASE)
_NEXT_TOKEN = re.compile(r"^next_?(?:page_?)?(?:cursor|token)$|^cursor$|^continuation", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DescribedPoll:
    """How changes are asked for.

    Attributes:
        fields: those of `poll`.
        is_sure: whether a parameter of the list asks for what has changed since a time.
        why: what is not known of it, where it is not sure.
    """

    fields: dict[str, Any]
    is_sure: bool
    why: str = "No parameter of the list asks for what has changed since a time; without one it cannot be polled:"


def poll_of(
    api: OpenApi, listing: Operation | None, path: str, modified: str | None, *, is_json_api: bool
) -> DescribedPoll:
    """How changes are asked for, by the parameters of a list and the members of its answer.

    Args:
        api: the document.
        listing: the list; None where none is described.
        path: the path of the collection.
        modified: the field with the time of the last change, if there is one.
        is_json_api: whether it is one of JSON:API, whose adapter knows where records are.
    """
    names = [str(node.get("name").value) for node in (listing.parameters if listing else ())]
    times = [name for name in names if _SINCE.search(name) and not name.startswith("fields[")]
    since = next(filter(_FROM.search, times), next((name for name in times if not _UNTIL.search(name)), None))
    size = next((name for name in names if _SIZE.search(name)), None)
    query = {since or "updated_since": "{since}"} | ({size: "{size}"} if size else {})
    poll: dict[str, Any] = {"query": query}
    if is_json_api:
        sort = next(
            (node for node in (listing.parameters if listing else ()) if node.get("name").value == "sort"), None
        )
        query |= {"sort": _order(api, sort, modified)} if sort is not None and modified else {}
    else:
        poll = {"path": path if listing is None else listing.path, "query": query}
        poll["items"] = "$[*]" if listing is None else _items_of(api, listing)
        if listing is not None and (paging := _paging_of(api, listing, names)):
            poll["paging"] = paging
    return DescribedPoll(poll, since is not None)


def schema_of(contents: tuple[Content, ...]) -> Node:
    """The schema of a body in its first media type."""
    return next((content.schema for content in contents), Node((), None))


def attributes_in(api: OpenApi, schema: Node) -> Node:
    """The schema of the attributes in a document of JSON:API."""
    return _member(api, _resource(api, schema), "attributes")


def type_in(api: OpenApi, schema: Node) -> str | None:
    """The one type that the resource in a document of JSON:API may have."""
    kind = _member(api, _resource(api, schema), "type")
    values = kind.get("enum").value
    found = kind.get("const").value or (values[0] if isinstance(values, list) and len(values) == 1 else None)
    return found if isinstance(found, str) else None


# ------------------------------------------------------------------ details


def _resource(api: OpenApi, schema: Node) -> Node:
    """What is in `data`; the schema itself where a generator left that out."""
    found = _member(api, schema, "data")
    return schema if found.value is None else found


def _member(api: OpenApi, schema: Node, *names: str) -> Node:
    for name in names:
        schema = api.resolved(dict(properties(api.resolved(schema))).get(name, Node((), None)))
        parts = list(schema.get("allOf").items())
        schema = api.resolved(parts[0]) if len(parts) == 1 else schema  # a reference that has a description beside it
    return schema


def _first_kind(api: OpenApi, listing: Operation) -> Node:
    schema = api.resolved(schema_of(listing.results))
    return api.resolved(next((node for word in ("anyOf", "oneOf") for node in schema.get(word).items()), schema))


def _items_of(api: OpenApi, listing: Operation) -> str:
    """Where an answer has the records: in the one member that is a list, or at its root."""
    members = properties(_first_kind(api, listing))
    lists = [name for name, node in members if api.resolved(node).get("type").value == "array"]
    return f"$.{lists[0]}[*]" if len(lists) == 1 and lists[0].isidentifier() else "$[*]"


def _paging_of(api: OpenApi, listing: Operation, names: list[str]) -> dict[str, object]:
    """What leads to the next page: an address or a token in the answer, a number, or an offset."""
    answer = _first_kind(api, listing)
    members = dict(properties(answer))
    if "next" in members and _member(api, answer, "next").get("format").value == "uri":
        return {"next_url": "$.next"}
    if dict(properties(_member(api, answer, "links"))).keys() >= {"next"}:
        return {"next_url": "$.links.next"}
    token = next((name for name in members if _NEXT_TOKEN.search(name) and name.isidentifier()), None)
    cursor = next((name for name in names if _CURSOR.search(name)), None)
    if token and cursor:
        return {"token": f"$.{token}", "token_parameter": cursor}
    counted = ((_PAGE, "page_parameter", 1), (_OFFSET, "offset_parameter", 0))
    for pattern, kind, usual in counted:
        parameter = next((n for n in listing.parameters if pattern.search(str(n.get("name").value))), None)
        if parameter is not None:
            first = _first_place(api, parameter)
            return {kind: str(parameter.get("name").value)} | ({} if first in (None, usual) else {"first": first})
    return {}


def _order(api: OpenApi, parameter: Node, modified: str) -> str:
    """By the time of the last change, and by the id where nothing says that it cannot be."""
    schema = api.resolved(parameter.get("schema"))
    values = api.resolved(schema.get("items")).get("enum").value or schema.get("enum").value
    return modified if isinstance(values, list) and "id" not in values else f"{modified},id"


def _first_place(api: OpenApi, parameter: Node) -> int | None:
    """The number of the first page, or the first offset, as far as a parameter says it."""
    schema = api.resolved(parameter.get("schema")) if api.version != "2.0" else parameter
    found = next((v for word in ("default", "minimum") if (v := schema.get(word).value) is not None), None)
    return found if found in (0, 1) else None
